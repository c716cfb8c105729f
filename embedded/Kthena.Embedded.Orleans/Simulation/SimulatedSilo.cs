using Kthena.Embedded.Runtime;

namespace Kthena.Embedded.Simulation;

/// <summary>One silo of a simulation, from one start to its crash.</summary>
/// <param name="Name">The silo's name and how often it has started.</param>
/// <param name="Process">What its code runs as.</param>
/// <param name="Runtime">Its grains.</param>
internal sealed record SimulatedSilo(string Name, SimulatedProcess Process, SiloRuntime Runtime)
{
    public bool Runs => !Process.IsDead;
}
