using Kthena.Cli.Hosting;

namespace Kthena.Cli.Up;

/// <summary>How <c>kthena up</c> was asked to start.</summary>
/// <param name="DataFolder">Where state, certificates and the kubeconfig live; an absolute path.</param>
/// <param name="RouterPort">The gateway's port on loopback; 0 takes a free one.</param>
/// <param name="ApiPort">The API server's port on loopback; 0 takes a free one.</param>
/// <param name="AppliesQuickstart">Whether a new data folder gets the quickstart's model.</param>
/// <param name="MetricsPort">
/// The port of the gateway's metrics on loopback; 0 takes a free one. Null takes the well-known one beside the well-known
/// <paramref name="RouterPort"/>, else a free one.
/// </param>
/// <param name="DebugPort">The port of the gateway's debug endpoints on loopback, by the same rule.</param>
/// <param name="ControlPort">The port of the control plane's debug endpoints on loopback; 0 takes a free one.</param>
/// <param name="SchedulerFilePath">Upstream's scheduler file for the gateway; null schedules by the gateway's own profile.</param>
internal sealed record UpOptions(
    string DataFolder,
    int RouterPort,
    int ApiPort,
    bool AppliesQuickstart,
    int? MetricsPort = null,
    int? DebugPort = null,
    int ControlPort = 0,
    string? SchedulerFilePath = null)
{
    public const string DefaultDataFolder = ".kthena";
    public const int DefaultRouterPort = 8080;
    public const int DefaultMetricsPort = 9090;
    public const int DefaultDebugPort = 15000;
    public const int DefaultApiPort = 6443;

    /// <summary>Where the gateway's metrics will listen; 0 takes a free port.</summary>
    public int EffectiveMetricsPort => MetricsPort ?? (RouterPort == DefaultRouterPort ? DefaultMetricsPort : 0);

    /// <summary>Where the gateway's debug endpoints will listen; 0 takes a free port.</summary>
    public int EffectiveDebugPort => DebugPort ?? (RouterPort == DefaultRouterPort ? DefaultDebugPort : 0);

    /// <summary>Every fault of these options, one sentence each; none when they can be used.</summary>
    public IEnumerable<string> Faults()
    {
        if (RouterPort is < 0 or > 65535)
            yield return $"--router-port must be 0 to 65535, not {RouterPort}.";
        if (ApiPort is < 0 or > 65535)
            yield return $"--api-port must be 0 to 65535, not {ApiPort}.";
        if (MetricsPort is < 0 or > 65535)
            yield return $"--metrics-port must be 0 to 65535, not {MetricsPort}.";
        if (DebugPort is < 0 or > 65535)
            yield return $"--debug-port must be 0 to 65535, not {DebugPort}.";
        if (ControlPort is < 0 or > 65535)
            yield return $"--control-port must be 0 to 65535, not {ControlPort}.";
        foreach (string shared in PortFaults.Shared(
            ("--router-port", RouterPort), ("--api-port", ApiPort), ("--metrics-port", EffectiveMetricsPort), ("--debug-port", EffectiveDebugPort), ("--control-port", ControlPort)))
        {
            yield return shared;
        }
        if (File.Exists(DataFolder))
            yield return $"--data-dir {DataFolder} is a file: name a folder.";
    }
}
