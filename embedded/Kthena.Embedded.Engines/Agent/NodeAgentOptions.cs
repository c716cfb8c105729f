using System.Collections.Immutable;

namespace Kthena.Embedded.Engines;

/// <summary>Settings of a <see cref="NodeAgent"/>.</summary>
public sealed record NodeAgentOptions
{
    /// <summary>The nodes that the agent registers and owns; pods bound to other nodes are left alone.</summary>
    public ImmutableArray<string> Nodes { get; init; } = ["kthena-node-0"];

    /// <summary>
    /// Whether the agent also binds pods that have no node, to the own node with the fewest pods. Only for API servers that
    /// have no scheduler of their own.
    /// </summary>
    public bool BindsPods { get; init; }

    /// <summary>How long containers take to start.</summary>
    public TimeSpan StartupDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long a deleted pod stays listed while its containers end; its engines refuse connections from the first moment.
    /// A second, as kubelets take, and not nothing: <c>kubectl delete</c> compares names but no UIDs once it watches, so it
    /// never returns when a pod goes and a same-named one comes before its watch stands.
    /// </summary>
    public TimeSpan TerminationDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a failed image pull is reported as <c>ErrImagePull</c> before it becomes <c>ImagePullBackOff</c>.</summary>
    public TimeSpan PullBackoffAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How often the nodes' leases are renewed; null never. Needed only where a controller manager watches nodes: without it,
    /// a steady state writes nothing.
    /// </summary>
    public TimeSpan? HeartbeatInterval { get; init; }

    /// <summary>What work costs the engines.</summary>
    public EngineCosts Costs { get; init; } = new();

    /// <summary>
    /// Whether each pod gets a loopback address of its own out of 127.64.0.0/10. Where the system has one loopback address only,
    /// pods share 127.0.0.1 and an engine's port is told in the pod's annotation <see cref="Kthena.Model.Resources.Pod.EnginePortAnnotation"/>.
    /// </summary>
    public bool HasAddressPerPod { get; init; } = !OperatingSystem.IsMacOS();

    /// <summary>Pods worked on at once.</summary>
    public int Workers { get; init; } = 16;
}
