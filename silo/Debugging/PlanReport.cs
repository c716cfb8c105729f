using System.Buffers;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kthena.Contracts.Serving;
using Kthena.Grains.Facts;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Orleans;

namespace Kthena.Silo.Debugging;

/// <summary>What the grains of ModelServings know and did, as JSON.</summary>
/// <param name="grains">Reaches the grains.</param>
/// <param name="facts">Tells which objects there are.</param>
/// <param name="isServed">Whether ModelServings are served here; where they are not, asking a grain would wake it up to do so.</param>
internal sealed class PlanReport(IGrainFactory grains, IClusterFacts facts, bool isServed)
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// <c>{"namespace","name","plans":[{"of","time","seen","decided","why"}]}</c>, by time: the plans of the ModelServing, and those
    /// of a group and its role instances where one is named. Null for a ModelServing that is not there.
    /// </summary>
    /// <param name="serving">The ModelServing.</param>
    /// <param name="group">The group's ordinal; null for none.</param>
    public async Task<byte[]?> OfAsync(NamespacedName serving, int? group) =>
        !isServed || facts.Find<ModelServing>(serving) is null ? null : Write(serving, await PlansAsync(serving, group));

    /// <summary>The same of a LeaderWorkerSet and of the ModelServing that it owns. Null for one that is not there.</summary>
    /// <param name="set">The LeaderWorkerSet.</param>
    /// <param name="group">The group's ordinal; null for none.</param>
    public async Task<byte[]?> OfSetAsync(NamespacedName set, int? group)
    {
        if (!isServed || facts.Find<LeaderWorkerSet>(set) is not { } found)
            return null;
        ImmutableArray<PlanRecord> own = await grains.GetGrain<ILeaderWorkerSetGrain>(set.ToString()).ExplainAsync();
        bool ownsServing = facts.Find<ModelServing>(set)?.Metadata.Controller?.Uid == found.Metadata.Uid;
        return Write(set, [.. own.Select(static plan => ("LeaderWorkerSet", plan)), .. ownsServing ? await PlansAsync(set, group) : []]);
    }

    private async Task<List<(string Of, PlanRecord Plan)>> PlansAsync(NamespacedName serving, int? group)
    {
        IModelServingGrain grain = grains.GetGrain<IModelServingGrain>(serving.ToString());
        var plans = new List<(string Of, PlanRecord Plan)>();
        plans.AddRange((await grain.ExplainAsync()).Select(plan => ("ModelServing", plan)));
        if (group is int ordinal)
        {
            var key = new GroupKey(serving, ordinal);
            plans.AddRange((await grains.GetGrain<IServingGroupGrain>(key.ToString()).ExplainAsync()).Select(plan => ($"ServingGroup {key.Name}", plan)));
            GroupSummary? summary = (await grain.GetGroupsAsync()).FirstOrDefault(other => other.Ordinal == ordinal);
            foreach (RoleSummary role in summary?.Roles ?? [])
            {
                var roleKey = new RoleKey(key, role.Role, role.Ordinal);
                ImmutableArray<PlanRecord> own = await grains.GetGrain<IRoleGrain>(roleKey.ToString()).ExplainAsync();
                plans.AddRange(own.Select(plan => ($"Role {role.Role}/{roleKey.RoleId}", plan)));
            }
        }
        return plans;
    }

    private static byte[] Write(NamespacedName subject, IEnumerable<(string Of, PlanRecord Plan)> plans) =>
        Write(json =>
        {
            json.WriteString("namespace"u8, subject.Namespace);
            json.WriteString("name"u8, subject.Name);
            json.WriteStartArray("plans"u8);
            foreach ((string of, PlanRecord plan) in plans.OrderBy(static entry => entry.Plan.Time))
            {
                json.WriteStartObject();
                json.WriteString("of"u8, of);
                json.WriteString("time"u8, plan.Time.UtcDateTime);
                json.WriteString("seen"u8, plan.Seen);
                json.WriteString("decided"u8, plan.Decided);
                json.WriteString("why"u8, plan.Why);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });

    /// <summary>What is known of every group, in the shape of upstream's cache dump.</summary>
    public async Task<byte[]> CacheAsync()
    {
        var known = new List<(NamespacedName Serving, ImmutableArray<GroupSummary> Groups)>();
        foreach (ModelServing serving in isServed ? facts.List<ModelServing>() : [])
        {
            NamespacedName key = serving.Metadata.Key;
            known.Add((key, await grains.GetGrain<IModelServingGrain>(key.ToString()).GetGroupsAsync()));
        }
        return Write(json =>
        {
            foreach ((NamespacedName serving, ImmutableArray<GroupSummary> groups) in known)
            {
                json.WriteStartObject(serving.ToString());
                foreach (GroupSummary group in groups)
                    Write(json, new GroupKey(serving, group.Ordinal), group);
                json.WriteEndObject();
            }
        });
    }

    private void Write(Utf8JsonWriter json, GroupKey key, GroupSummary group)
    {
        json.WriteStartObject(key.Name);
        json.WriteString("name"u8, key.Name);
        json.WriteStartArray("runningPods"u8);
        string index = FactKeys.ServingGroup(key.Serving.Namespace, key.Name);
        foreach (Pod pod in facts.List<Pod>(FactIndex.ServingGroup, index).Where(static pod => pod.IsServing))
            json.WriteStringValue(pod.Metadata.Name);
        json.WriteEndArray();
        json.WriteString("revision"u8, group.Roles.Select(static role => role.Revision).FirstOrDefault(static revision => revision.Length > 0) ?? "");
        json.WriteString("status"u8, StatusOf(group));
        json.WriteStartObject("roles"u8);
        foreach (IGrouping<string, RoleSummary> role in group.Roles.GroupBy(static role => role.Role))
        {
            json.WriteStartObject(role.Key);
            foreach (RoleSummary instance in role)
            {
                string id = new RoleKey(key, instance.Role, instance.Ordinal).RoleId;
                json.WriteStartObject(id);
                json.WriteString("name"u8, id);
                json.WriteString("revision"u8, instance.Revision);
                json.WriteString("roleTemplateHash"u8, instance.TemplateHash);
                json.WriteString("status"u8, StatusOf(instance));
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string StatusOf(GroupSummary group) =>
        group.IsDeleting ? "Deleting" : group.Roles.All(static role => role.Phase == RolePhase.Running) ? "Running" : "Creating";

    private static string StatusOf(RoleSummary role) => role switch
    {
        { IsDeleting: true } or { Phase: RolePhase.Terminating } => "Deleting",
        { Phase: RolePhase.Running } => "Running",
        _ => "Creating",
    };

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
