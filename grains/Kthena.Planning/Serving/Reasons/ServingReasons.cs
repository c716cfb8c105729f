using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Serving;

/// <summary>Says why a plan of a ModelServing asks for what it asks for. Made only where somebody reads it: a plan that asks for nothing has none.</summary>
public static class ServingReasons
{
    private const int GroupsShownMax = 8;

    /// <summary>The reasons in one line.</summary>
    /// <param name="observed">What was seen.</param>
    /// <param name="plan">What follows from it.</param>
    public static string Of(ServingObservation observed, ServingPlan plan) => string.Join("; ", Find(observed, plan));

    private static IEnumerable<string> Find(ServingObservation observed, ServingPlan plan)
    {
        if (SpecProblems.Of(observed.Serving) is { Length: > 0 } problems)
        {
            yield return $"the spec cannot be planned: {string.Join(", ", problems)}";
            yield break;
        }
        foreach (string reason in plan.Writes.SelectMany(write => WhyWrite(observed, write)))
            yield return reason;
        foreach (string reason in WhyOrders(observed, plan))
            yield return reason;
    }

    private static IEnumerable<string> WhyWrite(ServingObservation observed, ClusterWrite write) => write switch
    {
        CreateObject { Kind: { Kind: "ControllerRevision" } } => [$"revision {observed.Revisions.Update} is new, and is stored before any pod of it is made"],
        DeleteObject { Kind: { Kind: "ControllerRevision" } } => [$"{write.Target.Name} is beyond the history limit and nothing runs it"],
        PatchObject { Kind: { Kind: "ModelServing" }, Subresource: null, MayBeRefused: true } => ["a noted count of rebuilds is of an instance that is not wanted any more"],
        PatchObject { Kind: { Kind: "ModelServing" }, Subresource: null } patch => WhyRecord(patch.Patch),
        PatchObject { Kind: { Kind: "ModelServing" }, Subresource: "status" } => ["the reported status is not what is seen"],
        RecordEvent happening => [$"{happening.Reason} is news"],
        _ => [],
    };

    private static IEnumerable<string> WhyRecord(RawJson patch)
    {
        string? text = (string?)patch.ToNode()["metadata"]?["annotations"]?[ServingLabels.Operations];
        if (text is null)
            return ["the recorded steps are done"];
        var recorded = LabelSet.From([new KeyValuePair<string, string>(ServingLabels.Operations, text)]);
        return OperationsAnnotation.Read(recorded).Select(static step => $"{step.Step} of {Victims(step.Victims)}: {step.Reason}");
    }

    private static string Victims(ImmutableArray<OperationVictim> victims) => Shortened(victims
        .Select(static victim => victim.Role is null ? $"group {victim.Group}" : $"{victim.Role}-{victim.Ordinal} in group {victim.Group}"));

    private static IEnumerable<string> WhyOrders(ServingObservation observed, ServingPlan plan)
    {
        var known = observed.Groups.ToDictionary(static child => child.Summary.Ordinal);
        foreach (IGrouping<string, GroupOrder> alike in plan.Orders.GroupBy(order => WhyOrder(order, known.GetValueOrDefault(order.Ordinal)), StringComparer.Ordinal))
            yield return $"{Shortened(alike.Select(static order => $"group {order.Ordinal}"))} {alike.Key}";
    }

    private static string WhyOrder(GroupOrder order, GroupChild? child) => (order.Assignment, child) switch
    {
        ({ IsDeleting: true }, _) => "stands in a recorded step",
        (_, null or { Summary: { Exists: false, IsAssigned: false } }) => "is missing",
        (_, { Assigned: null }) => "does not know yet what is wanted of it",
        ({ Victims: { Length: > 0 } victims }, { Assigned: { } before }) when !victims.AsSpan().SequenceEqual(before.Victims.AsSpan()) =>
            "has role instances in a recorded step",
        (var now, { Assigned: { } before }) when now.Revision != before.Revision => $"goes from revision {before.Revision} to {now.Revision}",
        _ => "was told something else before",
    };

    private static string Shortened(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return all.Length <= GroupsShownMax
            ? string.Join(", ", all)
            : $"{string.Join(", ", all.Take(GroupsShownMax))} and {all.Length - GroupsShownMax} more";
    }
}
