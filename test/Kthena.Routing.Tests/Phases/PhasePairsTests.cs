using System.Collections.Immutable;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Routing.Phases;
using Kthena.Routing.Scheduling;
using Kthena.Routing.Snapshots;

namespace Kthena.Routing.Tests.Phases;

public sealed class PhasePairsTests
{
    [Fact]
    public void Pods_AreSortedIntoPhases_AndWhoIsInNoneIsLeftOut()
    {
        RoutedServer server = Build(
            Pod("a", "prefill", "g0"), Pod("b", "decode", "g0"), Pod("c", "decode", ""), Pod("d", "other", "g0"), Pod("e", "decode", "g1"));

        server.Endpoints.Select(static endpoint => $"{endpoint.Pod.Name} {endpoint.Phase} {endpoint.Group}").ShouldBe(["a Prefill g0", "b Decode g0", "e Decode g1"]);
    }

    [Fact]
    public void WhereAllOfOnePhaseDrain_TheyGoOn()
    {
        RoutedServer server = Build(Pod("a", "prefill", "g", isDraining: true), Pod("b", "decode", "g", isDraining: true), Pod("c", "decode", "g"));

        server.Endpoints.Select(static endpoint => endpoint.IsDraining).ShouldBe([false, true, false]);
    }

    [Fact]
    public void Decode_WithoutAPartner_IsNoCandidate()
    {
        PhasePairs pairs = PhasePairs.Of(Build(Pod("a", "decode", "g0"), Pod("b", "decode", "g1"), Pod("c", "prefill", "g1"), Pod("d", "prefill", "g2")))!;

        pairs.Decode.ShouldBe([1]);
        pairs.PrefillFor(1).ShouldBe([2]);
    }

    [Fact]
    public void Server_WhoseEndpointsDoAll_HasNoPairs() =>
        PhasePairs.Of(new RoutedServer { Key = new NamespacedName("ns", "s"), Spec = new ModelServerSpec() }).ShouldBeNull();

    [Fact]
    public void Decode_IsSeenWithTheBestOfItsPartners()
    {
        PhasePairs pairs = PhasePairs.Of(Build(Pod("a", "decode", "g"), Pod("b", "prefill", "g"), Pod("c", "prefill", "g"), Pod("d", "decode", "h"), Pod("e", "prefill", "h")))!;
        EndpointObservation[] seen =
        [
            new(1, 0) { BacklogSeconds = 1, PrefillSeconds = 9 },
            new(0, 7) { BacklogSeconds = 5, PrefillSeconds = 0, Traits = EndpointTraits.NotReady },
            new(0, 0) { BacklogSeconds = 0.5f, PrefillSeconds = 1 },
            new(0, 3),
            new(0, 0) { Traits = EndpointTraits.BreakerOpen },
        ];

        pairs.Join(seen);

        seen[0].ShouldBe(new EndpointObservation(1, 7) { BacklogSeconds = 1.5f, PrefillSeconds = 1 });
        seen[3].ShouldBe(new EndpointObservation(0, 3) { Traits = EndpointTraits.BreakerOpen });
        seen[1].MatchedBlocks.ShouldBe(7);
    }

    [Fact]
    public void Pick_AmongSome_NamesNobodyElse_AndIsReplayed()
    {
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            EndpointObservation[] seen = [.. Enumerable.Range(0, 12).Select(_ => new EndpointObservation(random.Next(9), random.Next(9))
            {
                BacklogSeconds = random.NextSingle(),
                PrefillSeconds = random.NextSingle(),
                Traits = random.Next(4) == 0 ? EndpointTraits.NotReady : EndpointTraits.None,
            })];
            ImmutableArray<int> among = [.. Enumerable.Range(0, 12).Where(_ => random.Next(3) == 0)];
            var input = new PickInput { Endpoints = seen, Among = among, PromptBlocks = 9, Seed = (ulong)round };
            int[] ranked = new int[SchedulingProfile.RankedMax];

            int count = SchedulingProfile.Default.Pick(input, new PickScratch(), ranked, out _);

            count.ShouldBe(Math.Min(SchedulingProfile.RankedMax, SchedulingProfile.Default.Explain(input).Length));
            ranked[..count].ShouldBeSubsetOf(among);
            (count == 0).ShouldBe(among.IsEmpty);
        }
    }

    [Theory]
    [InlineData(null, "vLLM", KvHandover.Store)]
    [InlineData("http", "SGLang", KvHandover.Store)]
    [InlineData("lmcache", "vLLM", KvHandover.Store)]
    [InlineData("unheard-of", "vLLM", KvHandover.Store)]
    [InlineData("nixl", "vLLM", KvHandover.TransferParams)]
    [InlineData("mooncake", "vLLM", KvHandover.TransferParams)]
    [InlineData(null, "SGLang", KvHandover.Bootstrap)]
    [InlineData("sglang", "vLLM", KvHandover.Bootstrap)]
    public void Connector_DecidesTheHandover(string? connector, string engine, KvHandover wanted) =>
        KvHandovers.Of(new ModelServerSpec { KvConnector = connector, InferenceEngine = engine }).ShouldBe(wanted);

    private static RoutedServer Build(params Pod[] pods)
    {
        var server = new ModelServer
        {
            Metadata = new ObjectMeta { Namespace = "ns", Name = "s" },
            Spec = new ModelServerSpec
            {
                WorkloadSelector = LabelSet.Of(("app", "x")),
                WorkloadPort = 8000,
                PrefillDecode = new PrefillDecodeGroup("group", LabelSet.Of(("role", "prefill")), LabelSet.Of(("role", "decode"))),
            },
        };
        return RoutingSnapshotPlanner.Build([], [server], [.. pods]).Servers.ShouldHaveSingleItem();
    }

    private static Pod Pod(string name, string role, string group, bool isDraining = false) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = "ns",
            Name = name,
            Uid = name,
            Labels = LabelSet.Of(("app", "x"), ("role", role), ("group", group)),
            Annotations = isDraining ? LabelSet.Of((Model.Serving.ServingLabels.Draining, "now")) : LabelSet.Empty,
        },
        Phase = "Running",
        PodIP = "10.0.0.1",
        Conditions = [new Condition("Ready", "True")],
    };
}
