namespace Kthena.Routing.Scheduling;

/// <summary>What is known of one endpoint at the moment of a pick.</summary>
/// <param name="InFlight">Requests that routers sent there and that have not ended.</param>
/// <param name="MatchedBlocks">How many leading blocks of the prompt it holds.</param>
public readonly record struct EndpointObservation(int InFlight, int MatchedBlocks)
{
    /// <summary>Requests that wait inside the engine.</summary>
    public int Waiting { get; init; }

    /// <summary>Requests that the engine works at.</summary>
    public int Running { get; init; }

    /// <summary>How full its KV cache is, 0 to 1.</summary>
    public float KvUsage { get; init; }

    /// <summary>The mean time to the first token of late, in seconds; 0 when never measured.</summary>
    public float TimeToFirstToken { get; init; }

    /// <summary>The mean time between two tokens of late, in seconds; 0 when never measured.</summary>
    public float TimePerOutputToken { get; init; }

    /// <summary>How long it is busy with what was sent there already, in seconds.</summary>
    public float BacklogSeconds { get; init; }

    /// <summary>How long it would compute the part of the prompt that it does not hold, in seconds.</summary>
    public float PrefillSeconds { get; init; }

    /// <summary>What speaks against it.</summary>
    public EndpointTraits Traits { get; init; }
}
