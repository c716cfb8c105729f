using Kthena.Embedded.CodeGeneration;

namespace Kthena.Embedded.Runtime;

/// <summary>Joins the silos of a simulation. Outside simulations there is one silo and no network.</summary>
internal interface IGrainNetwork
{
    /// <summary>Takes a call to wherever the grain is active, or makes it so.</summary>
    void Send(SiloRuntime sender, GrainByKey grain, GrainCall call);

    /// <summary>Takes a message to a certain silo.</summary>
    void Carry(SiloRuntime sender, SiloRuntime receiver, Action message);

    /// <summary>Which silo sends the reminders of a grain; null if none is known.</summary>
    SiloRuntime? ReminderSilo(GrainClass grainClass, string key);

    /// <summary>The silos that run.</summary>
    IEnumerable<SiloRuntime> Running { get; }

    /// <summary>Learns that an activation is gone.</summary>
    void Ended(Activation activation);
}
