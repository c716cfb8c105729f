using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>What our code reads of a pod.</summary>
public sealed record Pod : IKubernetesResource<Pod>
{
    /// <summary>The annotation that tells an engine's port on simulated nodes whose pods share one address.</summary>
    public const string EnginePortAnnotation = "node.kthena.dev/engine-port";

    /// <inheritdoc/>
    public static ResourceKind ResourceKind => ResourceKinds.Pod;

    /// <inheritdoc/>
    public required ObjectMeta Metadata { get; init; }

    /// <summary>The node that the pod is bound to; null before it is scheduled.</summary>
    public string? NodeName { get; init; }

    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public string Phase { get; init; } = "Pending";

    /// <summary>The pod's address; null before it has one.</summary>
    public string? PodIP { get; init; }

    /// <summary>When the kubelet accepted the pod.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>The containers, in spec order.</summary>
    public ImmutableArray<Container> Containers { get; init; } = [];

    /// <summary>The conditions.</summary>
    public ImmutableArray<Condition> Conditions { get; init; } = [];

    /// <summary>The state of init containers and containers, as far as reported.</summary>
    public ImmutableArray<ContainerStatus> ContainerStatuses { get; init; } = [];

    /// <summary>Whether the condition <c>Ready</c> is true.</summary>
    public bool IsReady => Conditions.Any(static condition => condition is { Type: "Ready", IsTrue: true });

    /// <summary>Whether the pod can take requests: running, ready and not being deleted.</summary>
    public bool IsServing => Metadata.DeletionTimestamp is null && Phase == "Running" && IsReady;

    /// <summary>The port that the pod's engine listens on in place of the declared one; null on nodes with an address for each pod.</summary>
    public int? EnginePort =>
        int.TryParse(Metadata.Annotations[EnginePortAnnotation], NumberStyles.None, CultureInfo.InvariantCulture, out int port) ? port : null;

    /// <summary>Whether the pod takes no new requests because it is about to be deleted.</summary>
    public bool IsDraining => Metadata.Annotations[Serving.ServingLabels.Draining] is not null;

    /// <summary>Restarts of all containers and init containers together.</summary>
    public int RestartCount => ContainerStatuses.Sum(static status => status.RestartCount);

    /// <inheritdoc/>
    public static Pod Parse(JsonElement json)
    {
        JsonElement spec = json.Field("spec");
        JsonElement status = json.Field("status");
        return new Pod
        {
            Metadata = ObjectMeta.Parse(json),
            NodeName = spec.Text("nodeName"),
            Containers = spec.Items("containers", Container.Parse),
            Phase = status.Text("phase") ?? "Pending",
            PodIP = status.Text("podIP"),
            StartTime = status.Instant("startTime"),
            Conditions = status.Items("conditions", Condition.Parse),
            ContainerStatuses =
            [
                .. status.Items("initContainerStatuses", ContainerStatus.Parse),
                .. status.Items("containerStatuses", ContainerStatus.Parse),
            ],
        };
    }
}
