using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Serving;

/// <summary>What the status tells, how much of it, and how often it is written.</summary>
public sealed class DetailStories
{
    private const int BytesMax = 64 * 1024;

    [Fact]
    public void Detail_OfGroupsUnderRollout_CountsByPhaseAndRevisionAndNamesWhatDoesNotRun()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.TwoRoles(replicas: 2));
        string old = cluster.Current.Status.UpdateRevision;
        cluster.SetImage("engine:2");
        cluster.Settle();
        string next = cluster.Current.Status.UpdateRevision;
        cluster.SetStatus("ms-1-prefill-0-0", Waiting("ErrImagePull"));
        cluster.Settle();

        ServingDetail detail = cluster.Current.Status.Detail!;
        detail.Roles.Select(static role => $"{role.Name} {role.Replicas} {Text(role.Phases)} {Text(role.Revisions)}").ShouldBe(
        [
            $"decode 4 Running=2,Starting=2 {Text(Counts((old, 2), (next, 2)))}",
            $"prefill 2 Running=1,Starting=1 {Text(Counts((old, 1), (next, 1)))}",
        ]);
        detail.Groups.ShouldBe([new GroupDetail(0, "Running", old, 3, 3), new GroupDetail(1, "Creating", next, 0, 3)]);
        detail.NotRunning.ShouldBe(
        [
            new InstanceDetail(1, "decode", 0, "Starting", ""),
            new InstanceDetail(1, "decode", 1, "Starting", ""),
            new InstanceDetail(1, "prefill", 0, "Starting", "ImagePullFailed: pod ms-1-prefill-0-0 cannot pull the image of container c"),
        ]);
        detail.IsTruncated.ShouldBeFalse();
    }

    [Fact]
    public void Detail_OfManyGroups_StaysWithin64KilobytesAndTellsTroubleFirst()
    {
        ServingObservation observed = Huge(groups: 3000, isRunning: static group => group < 2900);
        RawJson status = StatusWrite(observed);
        status.Utf8.Length.ShouldBeInRange(BytesMax - 200, BytesMax);
        JsonNode detail = JsonNode.Parse(status.Utf8.Span)!["status"]!["detail"]!;
        detail["truncated"]!.GetValue<bool>().ShouldBeTrue();
        detail["notRunning"]!.AsArray().Count.ShouldBe(50);
        int[] told = [.. detail["groups"]!.AsArray().Select(static group => (int)group!["group"]!)];
        told.ShouldBe(told.Order());
        told.ShouldContain(2999);
        told.Count(static group => group >= 2900).ShouldBe(100);
        detail["roles"]![0]!["phases"]!.ToJsonString().ShouldBe("""{"Running":2900,"Starting":100}""");
    }

    [Fact]
    public void Detail_UnderUpstreamsDefinition_IsWrittenOnceAndThenLeftAlone()
    {
        var cluster = new ToyCluster(Specs.Simple(replicas: 2)) { DropsDetail = true };
        cluster.SettleReady();
        cluster.Current.Status.Detail.ShouldBeNull();
        int writes = cluster.StatusWrites.Count;
        cluster.Settle();
        cluster.ForgetGrains();
        cluster.Settle();
        cluster.Settle();
        (cluster.StatusWrites.Count - writes).ShouldBe(1);
        cluster.Current.Status.AvailableReplicas.ShouldBe(2);

        cluster.DropsDetail = false;
        cluster.SetReady("ms-1-engine-0-0", isReady: false);
        cluster.Settle();
        cluster.Current.Status.Detail!.NotRunning.Single().Group.ShouldBe(1);
    }

    [Fact]
    public void Status_ThatChangesOften_IsWrittenOnceASecondAndItsLastStateAlways()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2));
        cluster.PacesStatus = true;
        cluster.Settle();
        cluster.StatusWrites.Clear();
        DateTimeOffset began = cluster.Now;
        for (int change = 0; change < 41; change++)
        {
            cluster.SetReady("ms-1-engine-0-0", isReady: change % 2 == 1);
            cluster.Now += TimeSpan.FromMilliseconds(50);
            if (change % 10 == 9)
                cluster.Settle();
        }
        cluster.Settle();
        cluster.StatusWrites.Zip(cluster.StatusWrites.Skip(1), static (one, next) => next - one)
            .ShouldAllBe(static pause => pause >= TimeSpan.FromSeconds(1));
        cluster.StatusWrites.Count.ShouldBeLessThanOrEqualTo((int)(cluster.Now - began).TotalSeconds + 1);
        cluster.Current.Status.AvailableReplicas.ShouldBe(1);
    }

    [Fact]
    public void W25_Conditions_CarryTheTimeOfTheirLastChangeAndTheGeneration()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple());
        DateTimeOffset settled = Condition(cluster, "Available").LastTransitionTime!.Value;
        cluster.Now += TimeSpan.FromMinutes(1);
        cluster.SetReady("ms-0-engine-0-0", isReady: false);
        cluster.Settle();
        Condition(cluster, "Available").IsTrue.ShouldBeFalse();
        Condition(cluster, "Available").LastTransitionTime!.Value.ShouldBeGreaterThanOrEqualTo(settled + TimeSpan.FromMinutes(1));
        Condition(cluster, "Progressing").Message.ShouldBe("Some groups is progressing: [0]");
        cluster.EditSpec(static spec => spec["replicas"] = 2);
        cluster.SettleReady();
        cluster.Current.Status.ObservedGeneration.ShouldBe(2);
        cluster.Current.Status.Conditions.ShouldAllBe(static condition => condition.ObservedGeneration == 2);
        cluster.Current.Status.Conditions.Count(static condition => condition.IsTrue).ShouldBe(1);
    }

    [Fact]
    public void InvalidSpec_ToldOften_IsHeldBackToo()
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple());
        cluster.EditSpec(static spec => spec["replicas"] = -1);
        ModelServing serving = cluster.Current;
        var observed = new ServingObservation(serving, RevisionSet.Build(serving, [.. cluster.Revisions]), [])
        {
            StatusWrittenAt = cluster.Now - TimeSpan.FromMilliseconds(300),
        };
        ServingPlan plan = ModelServingPlanner.Plan(observed, cluster.Now);
        plan.Writes.ShouldBeEmpty();
        plan.RequeueAfter.ShouldBe(TimeSpan.FromMilliseconds(700));
        ModelServingPlanner.Plan(observed, cluster.Now + TimeSpan.FromSeconds(1)).WritesStatus.ShouldBeTrue();
    }

    private static Condition Condition(ToyCluster cluster, string type) =>
        cluster.Current.Status.Conditions.Single(condition => condition.Type == type);

    private static JsonObject Waiting(string reason) => new()
    {
        ["phase"] = "Pending",
        ["containerStatuses"] = new JsonArray(new JsonObject
        {
            ["name"] = "c",
            ["state"] = new JsonObject { ["waiting"] = new JsonObject { ["reason"] = reason } },
        }),
    };

    private static KeyValuePair<string, int>[] Counts(params (string Key, int Count)[] counts) =>
        [.. counts.OrderBy(static count => count.Key, StringComparer.Ordinal).Select(static count => KeyValuePair.Create(count.Key, count.Count))];

    private static string Text(IEnumerable<KeyValuePair<string, int>> counts) =>
        string.Join(',', counts.Select(static count => $"{count.Key}={count.Value}"));

    private static RawJson StatusWrite(ServingObservation observed) =>
        ModelServingPlanner.Plan(observed, ToyCluster.Start).Writes
            .OfType<Planning.Writes.PatchObject>().Single(static patch => patch.Subresource == "status").Patch;

    private static ServingObservation Huge(int groups, Func<int, bool> isRunning)
    {
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple());
        cluster.EditSpec(spec => spec["replicas"] = groups);
        ModelServing serving = cluster.Current;
        RevisionSet revisions = RevisionSet.Build(serving, [.. cluster.Revisions]);
        RoleDefinition role = revisions.RolesOf(revisions.Update)!.Value[0];
        return new ServingObservation(serving, revisions, Enumerable.Range(0, groups).Select(group => new GroupChild(
            new GroupSummary(group,
            [
                new RoleSummary("engine", 0, isRunning(group) ? RolePhase.Running : RolePhase.Starting)
                {
                    Revision = revisions.Update,
                    TemplateHash = role.TemplateHash,
                    PodUids = [$"uid-{group}"],
                    Trouble = isRunning(group) ? "" : "ImagePullFailed: " + new string('x', 1000),
                },
            ]),
            null)));
    }
}
