using System.Net;
using Kthena.Cli.Clustering;
using Kthena.Cli.Hosting;

namespace Kthena.Cli.ControllerManager;

/// <summary>How <c>kthena controller-manager</c> was asked to start.</summary>
internal sealed record ControllerManagerOptions
{
    public const string Memory = "memory";

    /// <summary>The kubeconfig; null takes <c>KUBECONFIG</c>, then the pod's service account.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>The gateway's port on loopback; null starts none.</summary>
    public int? RouterPort { get; init; }

    /// <summary>The port of the gateway's metrics on loopback; 0 takes a free one.</summary>
    public int MetricsPort { get; init; }

    /// <summary>
    /// <c>--debug-port</c>: of the gateway's debug endpoints on loopback, where 0 takes a free one; without a gateway upstream's meaning, the
    /// control plane's, where 0 opens none.
    /// </summary>
    public int DebugPort { get; init; }

    /// <summary>The address for other silos and for clients; null takes the pod's, then loopback.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The port for other silos; 0 takes a free one.</summary>
    public int SiloPort { get; init; }

    /// <summary>The port for clients of the silos, such as routers; 0 opens none.</summary>
    public int GatewayPort { get; init; }

    /// <summary>Requests a second to the API server; 0 sets no limit.</summary>
    public double KubeApiQps { get; init; }

    /// <summary>Requests at once after a rest; 0 takes twice <see cref="KubeApiQps"/>.</summary>
    public int KubeApiBurst { get; init; }

    /// <summary><c>--control-port</c>; null was not given.</summary>
    public int? ControlPort { get; init; }

    /// <summary>The port of the control plane's debug endpoints on loopback, and the option that gave it; 0 takes a free one, null opens none.</summary>
    public (string Option, int? Port) Control =>
        ControlPort is null && RouterPort is null && DebugPort > 0 ? ("--debug-port", DebugPort) : ("--control-port", ControlPort);

    /// <summary>What upstream's flags say that are known by no other name here.</summary>
    public UpstreamSettings Upstream { get; init; } = new();

    /// <summary>The admission webhooks.</summary>
    public required WebhookSettings Webhooks { get; init; }

    /// <summary>Whether LeaderWorkerSets become ModelServings.</summary>
    public bool ServesLeaderWorkerSets { get; init; } = true;

    /// <summary>The port of Orleans' dashboard on loopback; 0 takes a free one, null starts none.</summary>
    public int? DashboardPort { get; init; }

    /// <summary>Where state of grains is kept: <see cref="Memory"/>, or <see cref="ClusterSettings.Postgresql"/>.</summary>
    public string GrainStorage { get; init; } = Memory;

    /// <summary>The gateway's scheduler file; null schedules by the gateway's own profile.</summary>
    public string? SchedulerFilePath { get; init; }

    /// <summary>Which silos this one belongs to.</summary>
    public ClusterSettings Cluster { get; init; } = new();

    /// <summary>How soon another silo is taken for dead.</summary>
    public FailureDetection Detection { get; init; } = new();

    /// <summary>Every fault of these options, one sentence each; none when they can be used.</summary>
    public IEnumerable<string> Faults()
    {
        if (RouterPort is < 0 or > 65535)
            yield return $"--router-port must be 0 to 65535, not {RouterPort}.";
        if (MetricsPort is < 0 or > 65535)
            yield return $"--metrics-port must be 0 to 65535, not {MetricsPort}.";
        if (DebugPort is < 0 or > 65535)
            yield return $"--debug-port must be 0 to 65535, not {DebugPort}.";
        if (DashboardPort is < 0 or > 65535)
            yield return $"--dashboard-port must be 0 to 65535, not {DashboardPort}.";
        if (SiloPort is < 0 or > 65535)
            yield return $"--silo-port must be 0 to 65535, not {SiloPort}.";
        if (GatewayPort is < 0 or > 65535)
            yield return $"--gateway-port must be 0 to 65535, not {GatewayPort}.";
        // Without a gateway nothing takes the ports of its metrics and debug endpoints.
        foreach (string shared in PortFaults.Shared(
            ("--router-port", RouterPort), ("--metrics-port", RouterPort is null ? null : MetricsPort), ("--debug-port", RouterPort is null ? null : DebugPort),
            ("--silo-port", SiloPort), ("--gateway-port", GatewayPort), Control, ("--dashboard-port", DashboardPort),
            ("--webhook-port", Webhooks.Port)))
        {
            yield return shared;
        }
        if (!(KubeApiQps is >= 0 and <= 1_000_000))
            yield return $"--kube-api-qps must be 0 to 1000000, not {KubeApiQps}.";
        if (ControlPort is < 0 or > 65535)
            yield return $"--control-port must be 0 to 65535, not {ControlPort}.";
        if (KubeApiBurst < 0)
            yield return $"--kube-api-burst must be 0 or more, not {KubeApiBurst}.";
        foreach (string fault in OrleansOnly.Faults(("--dashboard-port", DashboardPort is not null), ("--grain-storage postgresql", GrainStorage == ClusterSettings.Postgresql)))
            yield return fault;
        if (GrainStorage is not (Memory or ClusterSettings.Postgresql))
            yield return $"--grain-storage must be {Memory} or {ClusterSettings.Postgresql}, not '{GrainStorage}'.";
        if (GrainStorage == ClusterSettings.Postgresql && Cluster.PostgresConnection is null)
            yield return $"--grain-storage {ClusterSettings.Postgresql} needs a connection string in the environment variable {ClusterSettings.ConnectionVariable}.";
        foreach (string fault in Webhooks.Faults().Concat(Upstream.Faults()).Concat(Cluster.Faults()).Concat(Detection.Faults()))
            yield return fault;
    }
}
