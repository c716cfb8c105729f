using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;
using Kthena.Plugins;

namespace Kthena.Planning.LeaderWorkerSets;

/// <summary>
/// The headless Services that give the pods of a LeaderWorkerSet their names in DNS, as that kind promises them: one for all
/// groups, or one for each.
/// </summary>
internal static class SetServices
{
    private const string ServiceWord = "Service ";
    private const string CreateWords = "could not create Service ";

    /// <summary>More are made at the next look, which their events bring about.</summary>
    private const int CreatedAtOnceMax = 64;

    /// <summary>Whether what the API server refused was a Service, without which the set is served all the same.</summary>
    /// <param name="refusal">What it refused.</param>
    public static bool IsRefused(string refusal) =>
        refusal.StartsWith(ServiceWord, StringComparison.Ordinal) || refusal.StartsWith(CreateWords, StringComparison.Ordinal);

    /// <summary>The writes that bring them about. Pods keep theirs until they are all of the present kind and number.</summary>
    /// <param name="observed">What is seen.</param>
    /// <param name="translation">The translation.</param>
    /// <param name="isChanging">Whether the ModelServing is about to be created or changed.</param>
    public static IEnumerable<ClusterWrite> Plan(LeaderWorkerSetObservation observed, ServingTranslation translation, bool isChanging)
    {
        if (translation.Problem.Length > 0)
            yield break;
        ILookup<string, Service> present = observed.Services
            .Where(service => service.Metadata.Controller?.Uid == observed.Set.Metadata.Uid)
            .ToLookup(static service => service.Metadata.Name, StringComparer.Ordinal);
        foreach ((string name, int? group) in Wanted(observed.Set, translation).Where(wanted => !present.Contains(wanted.Name)).Take(CreatedAtOnceMax))
            yield return Create(observed.Set, name, group);
        if (isChanging || !IsSettled(observed))
            yield break;
        var wanted = Wanted(observed.Set, translation).Select(static service => service.Name).ToHashSet(StringComparer.Ordinal);
        foreach (Service service in present.SelectMany(static services => services))
        {
            if (!wanted.Contains(service.Metadata.Name) && service.Metadata.DeletionTimestamp is null)
                yield return new DeleteObject(ResourceKinds.Service, service.Metadata.Key, service.Metadata.Uid);
        }
    }

    private static IEnumerable<(string Name, int? Group)> Wanted(LeaderWorkerSet set, ServingTranslation translation) => translation.HasServicePerGroup
        ? Enumerable.Range(0, translation.GroupsMax)
            .Select(group => (string.Create(CultureInfo.InvariantCulture, $"{set.Metadata.Name}-{group}"), (int?)group))
        : [(set.Metadata.Name, null)];

    private static bool IsSettled(LeaderWorkerSetObservation observed) => observed.Serving is { Status: var status } serving
        && status.ObservedGeneration >= serving.Metadata.Generation
        && status.Replicas == serving.Spec.Replicas
        && status.UpdatedReplicas == status.Replicas;

    private static CreateObject Create(LeaderWorkerSet set, string name, int? group)
    {
        var selector = new JsonObject { [LwsNames.SetLabel] = set.Metadata.Name };
        if (group is { } ordinal)
            selector[LwsNames.GroupIndexLabel] = ordinal.ToString(CultureInfo.InvariantCulture);
        var key = new NamespacedName(set.Metadata.Namespace, name);
        return new CreateObject(ResourceKinds.Service, key, new JsonObject
        {
            ["apiVersion"] = ResourceKinds.Service.ApiVersion,
            ["kind"] = ResourceKinds.Service.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = set.Metadata.Namespace,
                // The second is what the caches of Services are narrowed to; it names no group, and no role goes with it.
                ["labels"] = new JsonObject { [LwsNames.SetLabel] = set.Metadata.Name, [ServingLabels.GroupName] = set.Metadata.Name },
                ["ownerReferences"] = new JsonArray(LeaderWorkerSetPlanner.OwnerOf(set)),
            },
            ["spec"] = new JsonObject { ["clusterIP"] = "None", ["publishNotReadyAddresses"] = true, ["selector"] = selector },
        }.ToRaw());
    }
}
