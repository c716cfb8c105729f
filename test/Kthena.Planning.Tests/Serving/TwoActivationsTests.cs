using System.Text;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Tests.Serving;

/// <summary>A role instance that another activation, which knows another revision, builds at the same time.</summary>
public sealed class TwoActivationsTests
{
    private const string Role = """
        { "name": "r", "workerReplicas": 1, "entryTemplate": { "spec": { "containers": [] } }, "workerTemplate": { "spec": { "containers": [] } } }
        """;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RoleKey Key = RoleKey.Parse("ns/ms/0/r/0");

    [Fact]
    public void EntryPodOfAnotherRevision_MadeAMomentAgo_GetsNoWorkerOfOurs()
    {
        RolePlan plan = Plan("other", "other-hash", Now - TimeSpan.FromSeconds(10));
        Created(plan).ShouldBeEmpty();
        plan.RequeueAfter.ShouldBe(TimeSpan.FromSeconds(50));
    }

    [Theory]
    [InlineData("rev", "hash", 10)]
    [InlineData("other", "hash", 10)]
    [InlineData("other", "other-hash", 61)]
    public void EntryPodOfTheSameContentOrOfLongAgo_GetsItsWorker(string revision, string hash, int seconds) =>
        Created(Plan(revision, hash, Now - TimeSpan.FromSeconds(seconds))).ShouldBe(["ms-0-r-0-1"]);

    private static IEnumerable<string> Created(RolePlan plan) =>
        plan.Writes.OfType<CreateObject>().Where(static write => write.Kind == ResourceKinds.Pod).Select(static write => write.Target.Name);

    private static RolePlan Plan(string revision, string hash, DateTimeOffset created)
    {
        var policies = new ServingPolicies("ms", "s", RecoveryPolicy.RoleRecreate, TimeSpan.Zero);
        var role = new RoleDefinition("r", 1, "hash", new RawJson(Encoding.UTF8.GetBytes(Role)));
        var entry = new Pod
        {
            Metadata = new ObjectMeta
            {
                Namespace = "ns",
                Name = Key.PodName(0),
                Uid = "u",
                CreationTimestamp = created,
                OwnerReferences = [new OwnerReference("v", "ModelServing", "ms", "ms", IsController: true)],
                Labels = LabelSet.Of((ServingLabels.Revision, revision), (ServingLabels.RoleTemplateHash, hash)),
            },
        };
        return RolePlanner.Plan(
            Key, RoleGoal.From(new RoleAssignment(policies, "rev", role)), new RoleObservation("ms", [entry], [], previous: null), Now);
    }
}
