namespace Kthena.Embedded.Simulation;

/// <summary>What goes wrong in a simulation, and how often. Nothing does by default.</summary>
internal sealed record SimulationFaults
{
    /// <summary>How long a message between silos takes at most.</summary>
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The share of calls between silos that never arrive.</summary>
    public double RequestsLost { get; init; }

    /// <summary>The share of calls between silos whose answer never arrives, although the call was carried out.</summary>
    public double RepliesLost { get; init; }

    /// <summary>The mean time between two crashes of a silo; null for none. The last silo that runs does not crash.</summary>
    public TimeSpan? CrashEvery { get; init; }

    /// <summary>How long a crashed silo stays away at most.</summary>
    public TimeSpan RestartAfterMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the others take to notice a crash at most; until then calls to its grains are lost.</summary>
    public TimeSpan DetectionMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The mean time between two pauses of a silo; null for none.</summary>
    public TimeSpan? PauseEvery { get; init; }

    /// <summary>How long a pause lasts at most.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The mean time between two losses of a directory entry, after which a grain has two activations; null for none.</summary>
    public TimeSpan? DuplicateEvery { get; init; }

    /// <summary>How long a grain has two activations at most.</summary>
    public TimeSpan DuplicateMax { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>When faults end, so that everything can heal.</summary>
    public TimeSpan ActiveFor { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A mixture by chance: some runs have few kinds of fault, some have all, so that none hides behind another.</summary>
    public static SimulationFaults Draw(Random chance)
    {
        return new SimulationFaults
        {
            DelayMax = TimeSpan.FromMilliseconds(1 << chance.Next(1, 10)),
            RequestsLost = Maybe() ? chance.NextDouble() * 0.05 : 0,
            RepliesLost = Maybe() ? chance.NextDouble() * 0.05 : 0,
            CrashEvery = Maybe() ? TimeSpan.FromSeconds(chance.Next(20, 120)) : null,
            PauseEvery = Maybe() ? TimeSpan.FromSeconds(chance.Next(20, 120)) : null,
            DuplicateEvery = Maybe() ? TimeSpan.FromSeconds(chance.Next(10, 60)) : null,
        };

        bool Maybe() => chance.Next(3) > 0;
    }
}
