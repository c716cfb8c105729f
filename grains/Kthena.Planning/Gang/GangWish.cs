using System.Collections.Immutable;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;

namespace Kthena.Planning.Gang;

/// <summary>What a ModelServing wants of gang scheduling, and what of that cannot be had.</summary>
internal static class GangWish
{
    /// <summary>The condition's type.</summary>
    public const string ConditionType = "GangFailing";

    private const int GroupsShownMax = 20;

    /// <summary>What PodGroups are to be like; null where there are none: without Volcano, or with another scheduler.</summary>
    /// <param name="look">The look.</param>
    public static GangTerms? Terms(ServingLook look)
    {
        ModelServingSpec spec = look.Spec;
        if (spec.SchedulerName != GangLabels.Scheduler || look.Observed.PodGroupSupport is not { } features)
            return null;
        return new GangTerms(
            features,
            Queue(look.Observed.Serving),
            spec.GangPolicy is null ? [] : [.. spec.GangPolicy.MinRoleReplicas.Select(static pair => new RoleMinimum(pair.Key, pair.Value))])
        {
            GroupTopology = spec.NetworkTopology.GroupPolicy,
            RoleTopology = spec.NetworkTopology.RolePolicy,
        };
    }

    /// <summary>The condition that says what cannot be had; none while all is well.</summary>
    /// <param name="look">The look.</param>
    /// <param name="now">The instant of the look, in whole seconds.</param>
    public static IEnumerable<Condition> Of(ServingLook look, DateTimeOffset now)
    {
        ImmutableArray<string> problems = [.. Problems(look)];
        if (problems.Length == 0)
            yield break;
        int colon = problems[0].IndexOf(':', StringComparison.Ordinal);
        yield return new Condition(ConditionType, "True")
        {
            Reason = problems[0][..colon],
            Message = string.Join("; ", problems.Select(static problem => problem[(problem.IndexOf(':', StringComparison.Ordinal) + 2)..])),
            ObservedGeneration = look.Observed.Serving.Metadata.Generation,
            LastTransitionTime = look.Observed.Serving.Status.Conditions
                .FirstOrDefault(static condition => condition is { Type: ConditionType, IsTrue: true })?.LastTransitionTime ?? now,
        };
    }

    private static IEnumerable<string> Problems(ServingLook look)
    {
        ModelServingSpec spec = look.Spec;
        string[] asked =
        [
            .. spec.GangPolicy is null ? Array.Empty<string>() : ["gangPolicy"],
            .. spec.NetworkTopology.GroupPolicy.IsAbsent ? Array.Empty<string>() : ["networkTopology.groupPolicy"],
            .. spec.NetworkTopology.RolePolicy.IsAbsent ? Array.Empty<string>() : ["networkTopology.rolePolicy"],
            .. Queue(look.Observed.Serving).Length == 0 ? Array.Empty<string>() : [$"annotation {GangLabels.QueueName}"],
        ];
        if (asked.Length > 0 && spec.SchedulerName != GangLabels.Scheduler)
            yield return $"SchedulerIsNotVolcano: {string.Join(", ", asked)}: only the scheduler 'volcano' heeds this, and schedulerName is '{spec.SchedulerName}'";
        else if (asked.Length > 0 && look.Observed.PodGroupSupport is null)
            yield return $"PodGroupsNotInstalled: {string.Join(", ", asked)}: the API server does not serve {ResourceKinds.PodGroup}, so pods are placed one by one";
        if (GangWish.Terms(look) is { } terms)
        {
            string[] unknown = [.. Unknown(terms)];
            if (unknown.Length > 0)
                yield return $"NotSupportedByVolcano: the installed definition of PodGroups does not know what {string.Join(", ", unknown)} asks for";
        }
        foreach (GroupView group in look.Staying.Where(static group => group.Child.Summary.Trouble.Length > 0).Take(GroupsShownMax))
            yield return group.Child.Summary.Trouble;
    }

    private static IEnumerable<string> Unknown(GangTerms terms)
    {
        if (!terms.GroupTopology.IsAbsent && !terms.Features.HasFlag(PodGroupFeatures.Topology))
            yield return "networkTopology.groupPolicy";
        if (!terms.RoleTopology.IsAbsent && !terms.Features.HasFlag(PodGroupFeatures.SubGroupTopology))
            yield return "networkTopology.rolePolicy";
        bool hasName = $"{terms.GroupTopology}{terms.RoleTopology}".Contains("highestTierName", StringComparison.Ordinal);
        if (hasName && !terms.Features.HasFlag(PodGroupFeatures.TierName))
            yield return "highestTierName";
    }

    private static string Queue(ModelServing serving) => serving.Metadata.Annotations[GangLabels.QueueName] ?? "";
}
