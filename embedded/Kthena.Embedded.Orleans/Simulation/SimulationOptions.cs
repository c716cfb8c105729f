using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;

namespace Kthena.Embedded.Simulation;

/// <summary>What a simulated cluster is made of.</summary>
internal sealed record SimulationOptions
{
    /// <summary>How many silos there are.</summary>
    public int Silos { get; init; } = 3;

    /// <summary>What goes wrong; null draws a mixture by the seed.</summary>
    public SimulationFaults? Faults { get; init; } = new();

    /// <summary>Makes a silo's services; the runtime itself knows no container.</summary>
    public required Func<IServiceCollection, IServiceProvider> BuildServices { get; init; }

    /// <summary>Adds to each silo, and says as which process its services run.</summary>
    public Action<ISiloBuilder, SimulatedProcess>? ConfigureSilo { get; init; }

    /// <summary>What a silo does besides its grains, from its start to its crash. It must not fail.</summary>
    public Func<IServiceProvider, SimulatedProcess, Task>? RunBeside { get; init; }
}
