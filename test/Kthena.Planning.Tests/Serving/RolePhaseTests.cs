using System.Collections.Immutable;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Tests.Serving;

/// <summary>The phase table, row by row; the instance has an entry pod and one worker.</summary>
public sealed class RolePhaseTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly RoleKey Key = RoleKey.Parse("ns/ms/0/r/0");

    [Theory]
    [InlineData("", RolePhase.Absent)]
    [InlineData("ready", RolePhase.Incomplete)]
    [InlineData("pending ready", RolePhase.Starting)]
    [InlineData("ready unready", RolePhase.Starting)]
    [InlineData("ready ready", RolePhase.Running)]
    [InlineData("ready degraded", RolePhase.Degraded)]
    [InlineData("ready failed", RolePhase.Failed)]
    [InlineData("ready succeeded", RolePhase.Failed)]
    [InlineData("ready restarted", RolePhase.Failed)]
    [InlineData("ready forgiven", RolePhase.Running)]
    [InlineData("ready terminating", RolePhase.Terminating)]
    [InlineData("failed terminating", RolePhase.Terminating)]
    [InlineData("assembled", RolePhase.Failed)]
    [InlineData("- ready", RolePhase.Failed)]
    public void Phase_OfPods_IsTheFirstRowThatHolds(string pods, RolePhase phase) =>
        Plan(pods, pods.Contains("degraded", StringComparison.Ordinal) ? TimeSpan.FromMinutes(1) : TimeSpan.Zero).Summary.Phase.ShouldBe(phase);

    [Fact]
    public void Grace_Running_WaitsForItsEndAndWritesNoDelete()
    {
        RolePlan plan = Plan("ready degraded", TimeSpan.FromSeconds(60));
        plan.RequeueAfter.ShouldBe(TimeSpan.FromSeconds(30));
        plan.Writes.ShouldNotContain(static write => write is DeleteObject);
    }

    [Fact]
    public void Grace_Over_Rebuilds() =>
        Plan("ready degraded", TimeSpan.FromSeconds(30)).Writes.OfType<DeleteObject>().Count().ShouldBe(2);

    [Fact]
    public void Restart_RecoveredWithinItsGrace_IsForgivenOnRecord() =>
        Plan("ready recovered", TimeSpan.FromSeconds(60)).Writes.OfType<PatchObject>()
            .ShouldContain(static patch => patch.Patch.ToString().Contains("\"modelserving.volcano.sh/restart-baseline\":\"1\"", StringComparison.Ordinal));

    [Fact]
    public void Observation_InAnyOrder_GivesTheSamePlan()
    {
        string forward = Plan("ready failed", TimeSpan.Zero).ToString();
        Plan("ready failed", TimeSpan.Zero, isReversed: true).ToString().ShouldBe(forward);
    }

    private static RolePlan Plan(string states, TimeSpan grace, bool isReversed = false)
    {
        const string role = """
            { "name": "r", "workerReplicas": 1, "entryTemplate": { "spec": { "containers": [] } }, "workerTemplate": { "spec": { "containers": [] } } }
            """;
        ImmutableArray<Pod> pods =
        [
            .. states.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(static (state, index) => (state, index))
                .Where(static pair => pair.state != "-")
                .Select(static pair => PodOf(pair.state, pair.index)),
        ];
        var policies = new ServingPolicies("owner", "s", RecoveryPolicy.RoleRecreate, grace);
        var definition = new RoleDefinition("r", 1, "h", new RawJson(System.Text.Encoding.UTF8.GetBytes(role)));
        return RolePlanner.Plan(
            Key,
            RoleGoal.From(new RoleAssignment(policies, "rev", definition)),
            new RoleObservation("owner", isReversed ? pods.Reverse() : pods, [], previous: null),
            Now);
    }

    private static Pod PodOf(string state, int index)
    {
        bool isReady = state is "ready" or "assembled" or "forgiven" or "recovered";
        return new Pod
        {
            Metadata = new ObjectMeta
            {
                Namespace = "ns",
                Name = Key.PodName(index),
                Uid = $"uid-{index}",
                DeletionTimestamp = state == "terminating" ? Now : null,
                OwnerReferences = [new OwnerReference("v", "ModelServing", "ms", "owner", IsController: true)],
                Annotations = state switch
                {
                    "assembled" => LabelSet.Of((ServingLabels.Assembled, "true")),
                    "forgiven" => LabelSet.Of((ServingLabels.RestartBaseline, "1")),
                    _ => LabelSet.Empty,
                },
            },
            Phase = state switch { "failed" => "Failed", "succeeded" => "Succeeded", "pending" => "Pending", _ => "Running" },
            Conditions = [new Condition("Ready", isReady ? "True" : "False") { LastTransitionTime = Now - TimeSpan.FromSeconds(30) }],
            ContainerStatuses = [new ContainerStatus("c", isReady, state is "restarted" or "degraded" or "forgiven" or "recovered" ? 1 : 0)],
        };
    }
}
