using System.Buffers;
using System.Text;
using System.Text.Json;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Routing.Accounting;
using Kthena.Routing.Body;
using Kthena.Routing.KvIndex;
using Kthena.Routing.Matching;
using Kthena.Routing.Prompt;
using Kthena.Routing.Snapshots;

namespace Kthena.Routing.Tests;

/// <summary>Defects that upstream's router had, by the number under which they were mended there, and weaknesses that it has still.</summary>
public sealed class UpstreamBugTests
{
    private static readonly NoHeaders None = new();

    [Fact]
    public void Bug779_OldestRouteGone_NewerOneTakesOver()
    {
        ModelRoute old = Route("old", 1, "m", "one");
        ModelRoute newer = Route("newer", 2, "m", "two");

        Match(Table(newer, old), "m").Target.Name.ShouldBe("one");
        Match(Table(newer), "m").Target.Name.ShouldBe("two");
        Match(Table(newer, old with { Metadata = old.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } }), "m").Target.Name.ShouldBe("two");
    }

    [Fact]
    public void Bug780_RuleWithoutTargets_MatchesNothing_AndBreaksNothing() =>
        Match(Table(Route("r", 1, "m", "one") with { Spec = new ModelRouteSpec { ModelName = "m", Rules = [new RouteRule()] } }), "m").Outcome.ShouldBe(RouteOutcome.NoRoute);

    [Theory]
    [InlineData("hello", 2)]
    [InlineData("héllo wörld", 3)]
    [InlineData("日本語日本語日", 2)]
    [InlineData("😀😀😀😀", 1)]
    public void Bug845_Tokens_AreEstimatedFromCodePoints(string prompt, int tokens) =>
        PromptHasher.Hash("m", Encoding.UTF8.GetBytes(prompt), PromptHashOptions.Upstream()).PromptTokens.ShouldBe(tokens);

    [Theory]
    [InlineData("""{"prompt":"x"}""")]
    [InlineData("""{"model":"","prompt":"x"}""")]
    [InlineData("""{"model":" \t","prompt":"x"}""")]
    [InlineData("""{"model":"\u00a0\u2003","prompt":"x"}""")]
    [InlineData("""{"model":7,"prompt":"x"}""")]
    [InlineData("""{"model":null,"prompt":"x"}""")]
    public void Bug1036_BlankModel_IsRefused(string json) => BodyReader.Read(Encoding.UTF8.GetBytes(json), new RequestBody()).Error.ShouldBe(BodyError.ModelMissing);

    [Theory]
    [InlineData("::1", "http://[::1]:8000")]
    [InlineData("fd00::7", "http://[fd00::7]:8000")]
    [InlineData("10.0.0.1", "http://10.0.0.1:8000")]
    public void Bug1071_Ipv6Address_StandsInBrackets(string address, string url) =>
        new EngineEndpoint { Pod = new NamespacedName("a", "b"), Uid = "u", Address = address, Port = 8000 }.BaseUrl.ShouldBe(url);

    [Fact]
    public void Bug1243_Eviction_IsDoneWhenRecordReturns()
    {
        var random = new Random(4);
        var index = new KvBlockIndex(64 * 1024);
        for (int step = 0; step < 500; step++)
        {
            index.Record(step % 3, [.. Enumerable.Range(0, 50).Select(_ => (ulong)random.NextInt64())]);
            // Each block has one holder: what the endpoints hold is what there is, at every moment.
            (index.BlocksOf(0) + index.BlocksOf(1) + index.BlocksOf(2)).ShouldBe(index.BlockCount);
        }
        index.Evictions.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Bug1333_RouteWithOtherAdapters_IsNotFoundUnderThoseOfBefore()
    {
        RouteTable before = Table(Route("r", 1, "m", "one", "a", "b"));
        RouteTable after = Table(Route("r", 1, "m", "one", "b", "c"));

        Match(before, "a").IsAdapter.ShouldBeTrue();
        Match(after, "a").Outcome.ShouldBe(RouteOutcome.NoRoute);
        Match(after, "c").IsAdapter.ShouldBeTrue();
        after.ModelNames.ShouldBe(["b", "c", "m"]);
    }

    [Fact]
    public void Bug1346_RouteBoundToAGateway_ServesNobodyElse()
    {
        ModelRoute bound = Route("r", 1, "m", "one");

        Match(Table(bound with { Spec = bound.Spec with { HasParentRefs = true } }), "m").Outcome.ShouldBe(RouteOutcome.NoRoute);
    }

    [Fact]
    public void Bug1369_EventWithContentAndUsage_IsPassedOn()
    {
        const string Stream = "data: {\"choices\":[{\"delta\":{\"content\":\"last\"}}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}}\n\n";
        var usage = new SseUsage(withholdsUsage: true);
        var output = new ArrayBufferWriter<byte>();

        usage.Pass(Encoding.UTF8.GetBytes(Stream), output);
        usage.Finish(output);

        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(Stream);
        usage.Usage.ShouldBe(new TokenUsage(5, 2));
    }

    [Fact]
    public void Bug1422_PodsOfOneNameInTwoNamespaces_AreTwoHolders()
    {
        RoutingSnapshot table = RoutingSnapshotPlanner.Build([], [Server("one"), Server("one", "other")], [Pod("p", "one", "u1"), Pod("p", "one", "u2", "other")]);

        table.Servers.Select(static server => server.Endpoints.ShouldHaveSingleItem().Uid).ShouldBe(["u1", "u2"]);
        var index = new PrefixIndex(1 << 20);
        index.Record("u1", [1, 2, 3]);
        index.Match([1, 2, 3]).ShouldHaveSingleItem().EndpointUid.ShouldBe("u1");
    }

    [Fact]
    public void Bug1463_EngineThatWasRestartedInItsPod_HoldsNothing()
    {
        Pod pod = Pod("p", "one", "u1");
        Pod restarted = pod with { ContainerStatuses = [new ContainerStatus("engine", IsReady: true, RestartCount: 2)] };
        EngineEndpoint before = RoutingSnapshotPlanner.Build([], [Server("one")], [pod]).Servers[0].Endpoints[0];
        EngineEndpoint after = RoutingSnapshotPlanner.Build([], [Server("one")], [restarted]).Servers[0].Endpoints[0];
        var index = new PrefixIndex(1 << 20);
        index.Record(before.Uid, [1, 2, 3]);

        after.Uid.ShouldBe("u1/2");
        index.Retain([after.Uid]);
        index.Match([1, 2, 3]).ShouldBeEmpty();
    }

    [Fact]
    public void Bug1530_Expression_IsCompiledOnceForATable()
    {
        RouteTable table = Table(Route("r", 1, "m", "one") with
        {
            Spec = ModelRouteSpec.Parse(JsonDocument.Parse(
                """{"modelName":"m","rules":[{"modelMatch":{"uri":{"regex":"^/v1/(chat/)?completions$"}},"targetModels":[{"modelServerName":"one"}]}]}""").RootElement),
        });
        ulong seed = 1;
        for (int round = 0; round < 10; round++)
            table.Match("m", "/v1/completions", None, ref seed).Outcome.ShouldBe(RouteOutcome.Matched);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 1000; round++)
            table.Match("m", "/v1/completions", None, ref seed);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(100_000, "an expression compiled anew costs kilobytes each time");
    }

    [Fact]
    public void Weakness11_NameOfAnotherNamespace_CannotBeTakenOver()
    {
        ModelRoute mine = Route("mine", 1, "m", "one");
        ModelRoute theirs = Route("theirs", 2, "m", "one", adapters: []) is var route ? route with { Metadata = route.Metadata with { Namespace = "other" } } : null!;

        for (int round = 0; round < 100; round++)
            Match(Table(theirs, mine), "m").Route!.Key.Namespace.ShouldBe("default");
    }

    [Fact]
    public void Weakness12_RelabelledPod_LeavesTheTable_AndASelectorOfNobodyEmptiesIt()
    {
        RoutingSnapshotPlanner.Build([], [Server("one")], [Pod("p", "one", "u")]).Servers[0].Endpoints.ShouldHaveSingleItem();
        RoutingSnapshotPlanner.Build([], [Server("one")], [Pod("p", "two", "u")]).Servers[0].Endpoints.ShouldBeEmpty();
        RoutingSnapshotPlanner.Build([], [Server("one") with { Spec = Server("two").Spec }], [Pod("p", "one", "u")]).Servers[0].Endpoints.ShouldBeEmpty();
        RoutingSnapshotPlanner.Build([], [Server("one") with { Spec = new ModelServerSpec { WorkloadPort = 1 } }], [Pod("p", "one", "u")]).Servers[0].Endpoints.ShouldBeEmpty();
    }

    private static RouteMatch Match(RouteTable table, string model)
    {
        ulong seed = 1;
        return table.Match(model, "/v1/completions", None, ref seed);
    }

    private static RouteTable Table(params ModelRoute[] routes) =>
        RouteTable.Compile(RoutingSnapshotPlanner.Build([.. routes], [Server("one"), Server("two"), Server("one", "other")], []));

    private static ModelRoute Route(string name, int age, string model, string server, params string[] adapters) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = name, ResourceVersion = "1", CreationTimestamp = DateTimeOffset.UnixEpoch.AddDays(age) },
        Spec = new ModelRouteSpec
        {
            ModelName = model,
            LoraAdapters = [.. adapters],
            Rules = [new RouteRule { Targets = [new TargetModel { ModelServerName = server }] }],
        },
    };

    private static ModelServer Server(string name, string ns = "default") => new()
    {
        Metadata = new ObjectMeta { Namespace = ns, Name = name, ResourceVersion = "1" },
        Spec = new ModelServerSpec { WorkloadPort = 8000, WorkloadSelector = LabelSet.Of(("app", name)) },
    };

    private static Pod Pod(string name, string app, string uid, string ns = "default") => new()
    {
        Metadata = new ObjectMeta { Namespace = ns, Name = name, Uid = uid, Labels = LabelSet.Of(("app", app)) },
        Phase = "Running",
        PodIP = "10.0.0.1",
        Conditions = [new Condition("Ready", "True")],
    };

    private sealed class NoHeaders : IRequestHeaders
    {
        public string FirstValue(string name) => "";
    }
}
