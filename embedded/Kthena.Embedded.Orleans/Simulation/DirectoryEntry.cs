namespace Kthena.Embedded.Simulation;

/// <summary>Where the silos believe a grain to be.</summary>
internal sealed class DirectoryEntry(Type grainClass, string key, SimulatedSilo host)
{
    public Type GrainClass { get; } = grainClass;

    public string Key { get; } = key;

    public SimulatedSilo Host { get; set; } = host;

    /// <summary>Where some still believe it to be, for a while.</summary>
    public SimulatedSilo? FormerHost { get; set; }
}
