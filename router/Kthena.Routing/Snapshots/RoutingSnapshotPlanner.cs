using System.Collections.Immutable;
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
        Pod[] selected = [.. pods.Where(pod => pod.Metadata.Labels.Matches(spec.WorkloadSelector))];
        // Where all drain, the last ones go on: an answer of a pod that leaves is better than none.
        bool othersStay = selected.Any(static pod => !pod.IsDraining);
        return
        [
            .. selected.Select(pod => new EngineEndpoint
            {
                Pod = pod.Metadata.Key,
                Uid = pod.Metadata.Uid,
                Address = pod.PodIP!,
                Port = pod.EnginePort ?? spec.WorkloadPort,
                NodeName = pod.NodeName ?? "",
                IsDraining = othersStay && pod.IsDraining,
            }),
        ];
    }
}
