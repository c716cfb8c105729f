using Kthena.Cli.Hosting;

namespace Kthena.Cli.ControllerManager;

/// <summary>How <c>kthena controller-manager</c> was asked to start.</summary>
/// <param name="Kubeconfig">The kubeconfig; null takes <c>KUBECONFIG</c>, then the pod's service account.</param>
/// <param name="RouterPort">The gateway's port on loopback; null starts none.</param>
/// <param name="MetricsPort">The port of the gateway's metrics on loopback; 0 takes a free one.</param>
/// <param name="DebugPort">The port of the gateway's debug endpoints on loopback; 0 takes a free one.</param>
/// <param name="Namespace">Where the silos' membership is kept; null takes <c>POD_NAMESPACE</c>, then the connection's.</param>
/// <param name="ClusterId">Which silos belong together.</param>
/// <param name="SiloPort">The port for other silos; 0 takes a free one.</param>
/// <param name="GatewayPort">The port for clients of the silos, such as gateways elsewhere; 0 opens none.</param>
/// <param name="KubeApiQps">Requests a second to the API server; 0 sets no limit.</param>
/// <param name="KubeApiBurst">Requests at once after a rest; 0 takes twice <paramref name="KubeApiQps"/>.</param>
/// <param name="ControlPort">The port of the control plane's debug endpoints on loopback; 0 takes a free one, null opens none.</param>
internal sealed record ControllerManagerOptions(
    string? Kubeconfig,
    int? RouterPort,
    int MetricsPort,
    int DebugPort,
    string? Namespace,
    string ClusterId,
    int SiloPort,
    int GatewayPort,
    double KubeApiQps = 0,
    int KubeApiBurst = 0,
    int? ControlPort = null)
{
    public const string DefaultClusterId = "kthena";

    /// <summary>Every fault of these options, one sentence each; none when they can be used.</summary>
    public IEnumerable<string> Faults()
    {
        if (RouterPort is < 0 or > 65535)
            yield return $"--router-port must be 0 to 65535, not {RouterPort}.";
        if (MetricsPort is < 0 or > 65535)
            yield return $"--metrics-port must be 0 to 65535, not {MetricsPort}.";
        if (DebugPort is < 0 or > 65535)
            yield return $"--debug-port must be 0 to 65535, not {DebugPort}.";
        if (SiloPort is < 0 or > 65535)
            yield return $"--silo-port must be 0 to 65535, not {SiloPort}.";
        if (GatewayPort is < 0 or > 65535)
            yield return $"--gateway-port must be 0 to 65535, not {GatewayPort}.";
        // Without a gateway nothing takes the ports of its metrics and debug endpoints.
        foreach (string shared in PortFaults.Shared(
            ("--router-port", RouterPort), ("--metrics-port", RouterPort is null ? null : MetricsPort), ("--debug-port", RouterPort is null ? null : DebugPort),
            ("--silo-port", SiloPort), ("--gateway-port", GatewayPort), ("--control-port", ControlPort)))
        {
            yield return shared;
        }
        if (!(KubeApiQps is >= 0 and <= 1_000_000))
            yield return $"--kube-api-qps must be 0 to 1000000, not {KubeApiQps}.";
        if (ControlPort is < 0 or > 65535)
            yield return $"--control-port must be 0 to 65535, not {ControlPort}.";
        if (KubeApiBurst < 0)
            yield return $"--kube-api-burst must be 0 or more, not {KubeApiBurst}.";
        if (ClusterId.Length is 0 or > 40 || !ClusterId.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-')
            || ClusterId[0] == '-' || ClusterId[^1] == '-')
        {
            yield return $"--cluster-id must be 1 to 40 lower-case letters, digits and inner hyphens, not '{ClusterId}'.";
        }
    }
}
