namespace Kthena.Cli.Clustering;

/// <summary>
/// How soon silos take another one for dead. A silo that is killed is declared dead after
/// <see cref="ProbesMissedMax"/> probes, each <see cref="ProbeTimeout"/> after the one before it at the latest, and what it ran
/// begins elsewhere.
/// </summary>
internal sealed record FailureDetection
{
    /// <summary>How long a probe of another silo may take at first; later half to four times of it, as it answers. Default: 1.5 s.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>After how many unanswered probes a silo is suspected. Default: 3.</summary>
    public int ProbesMissedMax { get; init; } = 3;

    /// <summary>How many silos must suspect one before it is dead; fewer where there are fewer. Default: 2.</summary>
    public int DeathVotes { get; init; } = 2;

    /// <summary>How long a suspicion counts. Default: 1 min.</summary>
    public TimeSpan VoteLifetime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a silo reads the membership although nobody told it of a change. Default: 10 s.</summary>
    public TimeSpan TableRefresh { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How often a silo writes that it is alive. One that did not for three times as long is no reason for a new silo not to
    /// join: so long does a cluster take to begin again when all its silos were killed at once. Default: 5 s.
    /// </summary>
    public TimeSpan AliveInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Every fault, one sentence each; none when they can be used.</summary>
    public IEnumerable<string> Faults()
    {
        if (ProbeTimeout < TimeSpan.FromMilliseconds(100) || ProbeTimeout > TimeSpan.FromMinutes(1))
            yield return $"--probe-timeout must be 100ms to 1m, not {ProbeTimeout}.";
        if (ProbesMissedMax is < 1 or > 10)
            yield return $"--missed-probes must be 1 to 10, not {ProbesMissedMax}.";
        if (DeathVotes is < 1 or > 10)
            yield return $"--death-votes must be 1 to 10, not {DeathVotes}.";
        if (VoteLifetime < ProbeTimeout * ProbesMissedMax || VoteLifetime > TimeSpan.FromHours(1))
            yield return $"--vote-lifetime must be at least --missed-probes times --probe-timeout, and at most 1h, not {VoteLifetime}.";
        if (TableRefresh < TimeSpan.FromSeconds(1) || TableRefresh > TimeSpan.FromMinutes(10))
            yield return $"--membership-refresh must be 1s to 10m, not {TableRefresh}.";
        if (AliveInterval < TimeSpan.FromSeconds(1) || AliveInterval > TimeSpan.FromMinutes(5))
            yield return $"--alive-interval must be 1s to 5m, not {AliveInterval}.";
    }
}
