namespace Kthena.Embedded.Engines;

/// <summary>What work costs a simulated engine, and how much it can hold.</summary>
public sealed record EngineCosts
{
    /// <summary>Time to read one prompt token that the prefix cache does not hold.</summary>
    public TimeSpan PrefillPerToken { get; init; } = TimeSpan.FromMicroseconds(50);

    /// <summary>Time to make one token of the answer.</summary>
    public TimeSpan DecodePerToken { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Requests that run at once where the command line sets none; more wait.</summary>
    public int RunningRequestsMax { get; init; } = 64;

    /// <summary>Blocks of 16 tokens that the prefix cache holds.</summary>
    public int KvBlocks { get; init; } = 2048;

    /// <summary>Tokens of prompt and answer together where the command line sets none.</summary>
    public int ModelLength { get; init; } = 32_768;
}
