using System.Collections.Immutable;
using System.Globalization;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;

namespace Kthena.Routing.Snapshots;

/// <summary>What routers must know, computed from the objects of the cluster.</summary>
public static class RoutingSnapshotPlanner
{
    /// <summary>Builds the table. The order of the arguments' items does not matter.</summary>
    /// <param name="routes">Every ModelRoute.</param>
    /// <param name="servers">Every ModelServer.</param>
    /// <param name="pods">Every pod; those that cannot take requests are left out.</param>
    /// <returns>The snapshot with version 0.</returns>
    public static RoutingSnapshot Build(ImmutableArray<ModelRoute> routes, ImmutableArray<ModelServer> servers, ImmutableArray<Pod> pods)
    {
        ILookup<string, Pod> servingPods = pods
            .Where(static pod => pod.IsServing && pod.PodIP is { Length: > 0 })
            .OrderBy(static pod => pod.Metadata.Key)
            .ToLookup(static pod => pod.Metadata.Namespace, StringComparer.Ordinal);
        return new RoutingSnapshot
        {
            Routes =
            [
                .. routes
                    .Where(static route => route.Metadata.DeletionTimestamp is null)
                    .OrderBy(static route => route.Metadata.CreationTimestamp)
                    .ThenBy(static route => route.Metadata.Key)
                    .Select(static route => new RoutedModel
                    {
                        Key = route.Metadata.Key,
                        ResourceVersion = route.Metadata.ResourceVersion,
                        CreationTimestamp = route.Metadata.CreationTimestamp,
                        Spec = route.Spec,
                    }),
            ],
            Servers =
            [
                .. servers
                    .Where(static server => server.Metadata.DeletionTimestamp is null)
                    .OrderBy(static server => server.Metadata.Key)
                    .Select(server => new RoutedServer
                    {
                        Key = server.Metadata.Key,
                        ResourceVersion = server.Metadata.ResourceVersion,
                        Spec = server.Spec,
                        Endpoints = Endpoints(server.Spec, servingPods[server.Metadata.Namespace]),
                    }),
            ],
        };
    }

    /// <summary>An empty selector selects nobody: it would send requests to every pod of the namespace.</summary>
    private static ImmutableArray<EngineEndpoint> Endpoints(ModelServerSpec spec, IEnumerable<Pod> pods)
    {
        if (spec.WorkloadSelector.Count == 0)
            return [];
        (Pod Pod, EndpointPhase Phase, string Group)[] selected =
        [
            .. pods.Where(pod => pod.Metadata.Labels.Matches(spec.WorkloadSelector))
                .Select(pod => (pod, PhaseOf(pod, spec.PrefillDecode), GroupOf(pod, spec.PrefillDecode)))
                .Where(static item => item.Item2 is not null)
                .Select(static item => (item.pod, item.Item2!.Value, item.Item3)),
        ];
        // Where all drain, the last ones go on: an answer of a pod that leaves is better than none.
        HashSet<EndpointPhase> othersStay = [.. selected.Where(static item => !item.Pod.IsDraining).Select(static item => item.Phase)];
        return
        [
            .. selected.Select(item => new EngineEndpoint
            {
                Pod = item.Pod.Metadata.Key,
                Uid = UidOf(item.Pod),
                Address = item.Pod.PodIP!,
                Port = item.Pod.EnginePort ?? spec.WorkloadPort,
                NodeName = item.Pod.NodeName ?? "",
                IsDraining = item.Pod.IsDraining && othersStay.Contains(item.Phase),
                Phase = item.Phase,
                Group = item.Group,
            }),
        ];
    }

    /// <summary>An engine that was restarted in its pod remembers nothing: to all who keep something of it, it is another one.</summary>
    private static string UidOf(Pod pod) =>
        pod.RestartCount == 0 ? pod.Metadata.Uid : string.Create(CultureInfo.InvariantCulture, $"{pod.Metadata.Uid}/{pod.RestartCount}");

    /// <summary>What a pod does; null when it does nothing for this model server: it is neither kind, or in no group.</summary>
    private static EndpointPhase? PhaseOf(Pod pod, PrefillDecodeGroup? split) =>
        split is null ? EndpointPhase.Whole
        : GroupOf(pod, split).Length == 0 ? null
        : IsOf(pod, split.DecodeLabels) ? EndpointPhase.Decode
        : IsOf(pod, split.PrefillLabels) ? EndpointPhase.Prefill
        : null;

    private static string GroupOf(Pod pod, PrefillDecodeGroup? split) => split is null ? "" : pod.Metadata.Labels[split.GroupKey] ?? "";

    private static bool IsOf(Pod pod, LabelSet labels) => labels.Count > 0 && pod.Metadata.Labels.Matches(labels);
}
