using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>
/// Tells what groups and roles do in a bounded space: what does not run is told first, and where something is left out the
/// detail says so.
/// </summary>
internal static class ServingDetails
{
    private const int NotRunningMax = 50;
    private const int MessageLengthMax = 256;
    private const int RolesMax = 16;
    private const int RevisionsMax = 8;

    /// <summary>The detail of a look.</summary>
    /// <param name="look">The look.</param>
    /// <param name="bytesMax">How many bytes of JSON it may take.</param>
    public static ServingDetail Of(ServingLook look, int bytesMax)
    {
        ImmutableArray<RoleDetail> roles = [.. Roles(look)];
        ImmutableArray<InstanceDetail> notRunning = [.. NotRunning(look).Take(NotRunningMax + 1)];
        var detail = new ServingDetail
        {
            Roles = [.. roles.Take(RolesMax).Select(static role => role with { Revisions = [.. role.Revisions.Take(RevisionsMax)] })],
            NotRunning = [.. notRunning.Take(NotRunningMax)],
        };
        ImmutableArray<GroupDetail> groups = [.. Groups(look, bytesMax - Length(Write(detail)))];
        return detail with
        {
            Groups = groups,
            IsTruncated = roles.Length > RolesMax
                || roles.Any(static role => role.Revisions.Length > RevisionsMax)
                || notRunning.Length > NotRunningMax
                || groups.Length < look.Groups.Length,
        };
    }

    /// <summary>The detail as the status holds it. Every field is there, since a merge patch keeps what is left out.</summary>
    /// <param name="detail">The detail.</param>
    public static JsonObject Write(ServingDetail detail) => new()
    {
        ["groups"] = new JsonArray([.. detail.Groups.Select(Write)]),
        ["notRunning"] = new JsonArray([.. detail.NotRunning.Select(Write)]),
        ["roles"] = new JsonArray([.. detail.Roles.Select(Write)]),
        ["truncated"] = detail.IsTruncated,
    };

    private static IEnumerable<RoleDetail> Roles(ServingLook look) => look.Groups
        .SelectMany(static group => group.Child.Summary.Roles)
        .GroupBy(static instance => instance.Role, StringComparer.Ordinal)
        .OrderBy(static role => role.Key, StringComparer.Ordinal)
        .Select(static role => new RoleDetail(role.Key)
        {
            Replicas = role.Count(),
            Phases = Count(role, static instance => instance.Phase.ToString()),
            Revisions = Count(role, static instance => instance.Revision),
        });

    private static ImmutableArray<KeyValuePair<string, int>> Count(IEnumerable<RoleSummary> instances, Func<RoleSummary, string> key) =>
    [
        .. instances
            .GroupBy(key, StringComparer.Ordinal)
            .Where(static group => group.Key.Length > 0)
            .Select(static group => KeyValuePair.Create(group.Key, group.Count()))
            .OrderBy(static count => count.Key, StringComparer.Ordinal),
    ];

    private static IEnumerable<InstanceDetail> NotRunning(ServingLook look) =>
        from groupView in look.Groups
        from instance in groupView.Child.Summary.Roles
        where instance.Phase != RolePhase.Running
        select new InstanceDetail(groupView.Ordinal, instance.Role, instance.Ordinal, instance.Phase.ToString(), PlanText.Clip(instance.Trouble, MessageLengthMax));

    /// <summary>As many groups as there is room for, those that do not run before the others.</summary>
    private static IEnumerable<GroupDetail> Groups(ServingLook look, int bytesMax)
    {
        var taken = new List<GroupDetail>();
        foreach (GroupView view in look.Groups.OrderBy(static group => group.IsRunning))
        {
            GroupDetail group = Of(look, view);
            bytesMax -= Length(Write(group)) + 1;
            if (bytesMax < 0)
                break;
            taken.Add(group);
        }
        return taken.OrderBy(static group => group.Ordinal);
    }

    private static GroupDetail Of(ServingLook look, GroupView view) => new(
        view.Ordinal,
        view.Phase.ToString(),
        view.Revision,
        view.Child.Summary.Roles.Count(static instance => instance.Phase == RolePhase.Running),
        look.Revisions.RolesOf(view.Target)?.Sum(static role => role.Replicas) ?? view.Child.Summary.Roles.Length);

    private static JsonNode Write(GroupDetail group) => new JsonObject
    {
        ["group"] = group.Ordinal,
        ["phase"] = group.Phase,
        ["ready"] = group.Ready,
        ["revision"] = group.Revision,
    };

    private static JsonNode Write(InstanceDetail instance)
    {
        var json = new JsonObject
        {
            ["group"] = instance.Group,
            ["instance"] = instance.Ordinal,
            ["phase"] = instance.Phase,
            ["role"] = instance.Role,
        };
        if (instance.Message.Length > 0)
            json["message"] = instance.Message;
        return json;
    }

    private static JsonNode Write(RoleDetail role) => new JsonObject
    {
        ["name"] = role.Name,
        ["phases"] = Write(role.Phases),
        ["replicas"] = role.Replicas,
        ["revisions"] = Write(role.Revisions),
    };

    private static JsonObject Write(ImmutableArray<KeyValuePair<string, int>> counts)
    {
        var json = new JsonObject();
        foreach (KeyValuePair<string, int> count in counts)
            json[count.Key] = count.Value;
        return json;
    }

    private static int Length(JsonNode json) => json.ToRaw().Utf8.Length;
}
