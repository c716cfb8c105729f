using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Kthena.Cli.ControllerManager;

/// <summary>What <see cref="UpstreamFlags"/> gave.</summary>
internal sealed record UpstreamSettings
{
    /// <summary>The API server's URL; null takes the connection's.</summary>
    public string? Master { get; init; }

    /// <summary>Which controllers run.</summary>
    public ControllerSelection Controllers { get; init; } = new([]);

    /// <summary>Upstream's workers; without effect.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>How often upstream's autoscaler works; without effect.</summary>
    public int SyncPeriodSeconds { get; init; }

    /// <summary>From which level on the platform's own parts are heard.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>What was given without effect, a sentence each.</summary>
    public ImmutableArray<string> Idle { get; init; } = [];

    /// <summary>Every fault of these settings, one sentence each; none when they can be used.</summary>
    public IEnumerable<string> Faults()
    {
        if (Master is not null && !(Uri.TryCreate(Master, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"))
            yield return $"--master must be a URL such as https://10.0.0.1:6443, not '{Master}'.";
        if (Workers < 1)
            yield return $"--workers must be 1 or more, not {Workers}.";
        if (SyncPeriodSeconds < 0)
            yield return $"--autoscaling-sync-period-seconds must be 0 or more, not {SyncPeriodSeconds}.";
        foreach (string fault in Controllers.Faults())
            yield return fault;
    }
}
