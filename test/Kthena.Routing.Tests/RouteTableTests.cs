using System.Collections.Immutable;
using System.Text.Json;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Routing.Matching;
using Kthena.Routing.Snapshots;

namespace Kthena.Routing.Tests;

public sealed class RouteTableTests
{
    private static readonly Headers NoHeaders = new([]);

    [Fact]
    public void OldestRoute_Wins()
    {
        RouteTable table = Table(Route("b", 2, "m", ("two", 100)), Route("a", 1, "m", ("one", 100)));
        Match(table, "m").Target.Name.ShouldBe("one");
    }

    [Fact]
    public void RoutesOfOneAge_GoByName()
    {
        RouteTable table = Table(Route("b", 1, "m", ("two", 100)), Route("a", 1, "m", ("one", 100)));
        Match(table, "m").Target.Name.ShouldBe("one");
    }

    [Fact]
    public void AnotherNamespace_CannotTakeOverAName()
    {
        ModelRoute mine = Route("mine", 1, "m", """[{"modelMatch":{"headers":{"x":{"exact":"1"}}},"targetModels":[{"modelServerName":"one"}]}]""");
        ModelRoute theirs = Route("theirs", 2, "m", ("two", 100), ns: "other");

        Match(Table(mine, theirs), "m").Outcome.ShouldBe(RouteOutcome.NoRoute);
        RouteTable sharing = RouteTable.Compile(Snapshot(mine, theirs), sharesNamesAcrossNamespaces: true);
        Match(sharing, "m").Route!.Key.Namespace.ShouldBe("other");
    }

    [Fact]
    public void BaseName_ShadowsAdapters()
    {
        RouteTable table = Table(
            Route("lora", 1, "", ("one", 100), adapters: ["m", "a"]),
            Route("base", 2, "m", ("two", 100)));

        Match(table, "m").ShouldSatisfyAllConditions(static m => m.Target.Name.ShouldBe("two"), static m => m.IsAdapter.ShouldBeFalse());
        Match(table, "a").ShouldSatisfyAllConditions(static m => m.Target.Name.ShouldBe("one"), static m => m.IsAdapter.ShouldBeTrue());
        table.ModelNames.ShouldBe(["a", "m"]);
    }

    [Theory]
    [InlineData("""{"headers":{"x-user":{"exact":"a"}}}""", "x-user=a", "/v1/c", true)]
    [InlineData("""{"headers":{"x-user":{"exact":"a"}}}""", "X-USER=a", "/v1/c", true)]
    [InlineData("""{"headers":{"x-user":{"exact":"a"}}}""", "", "/v1/c", false)]
    [InlineData("""{"headers":{"x-user":{"exact":""}}}""", "", "/v1/c", true)]
    [InlineData("""{"headers":{"x-user":{"prefix":""}}}""", "", "/v1/c", true)]
    [InlineData("""{"headers":{"x-user":{"regex":".*"}}}""", "", "/v1/c", true)]
    [InlineData("""{"headers":{"x-user":{"regex":"(?=bad)"}}}""", "x-user=a", "/v1/c", false)]
    [InlineData("""{"headers":{"x-user":{"exact":"a","prefix":"b"}}}""", "x-user=a", "/v1/c", true)]
    [InlineData("""{"headers":{"x-user":{}}}""", "", "/v1/c", true)]
    [InlineData("""{"uri":{"prefix":"/v1/"}}""", "", "/v1/c", true)]
    [InlineData("""{"uri":{"exact":"/v1"}}""", "", "/v1/c", false)]
    [InlineData("""{"uri":{"regex":"chat"}}""", "", "/v1/chat/completions", true)]
    [InlineData("""{"body":{"model":"m"}}""", "", "/v1/c", true)]
    [InlineData("""{"body":{"model":"other"}}""", "", "/v1/c", false)]
    [InlineData("""{"uri":{"prefix":"/v1"},"body":{"model":"other"}}""", "", "/v1/c", false)]
    public void Predicates_AreAnded(string match, string header, string path, bool matches)
    {
        RouteTable table = Table(Route("r", 1, "m", $$"""[{"modelMatch":{{match}},"targetModels":[{"modelServerName":"one"}]}]"""));
        ulong seed = 1;
        RouteMatch result = table.Match("m", path, new Headers(header.Length == 0 ? [] : [header]), ref seed);
        (result.Outcome == RouteOutcome.Matched).ShouldBe(matches);
    }

    [Fact]
    public void Weights_DecideInProportion()
    {
        RouteTable table = Table(Route("r", 1, "m", """[{"targetModels":[{"modelServerName":"one","weight":30},{"modelServerName":"two","weight":70},{"modelServerName":"one","weight":0}]}]"""));
        ulong seed = 42;
        int one = Enumerable.Range(0, 10_000).Count(_ => table.Match("m", "/", NoHeaders, ref seed).Target.Name == "one");
        one.ShouldBeInRange(2_800, 3_200);
    }

    [Theory]
    [InlineData("""[]""", RouteOutcome.NoRoute)]
    [InlineData("""[{"targetModels":[]}]""", RouteOutcome.NoRoute)]
    [InlineData("""[{"targetModels":[{"modelServerName":"one","weight":0}]}]""", RouteOutcome.NoRoute)]
    [InlineData("""[{"targetModels":[{"modelServerName":"absent"}]}]""", RouteOutcome.ServerMissing)]
    [InlineData("""[{"targetModels":[{"externalModelProviderName":"p"}]}]""", RouteOutcome.ProviderMissing)]
    public void UnusableRoute_SaysWhy_OrGivesWayToANewerOne(string rules, RouteOutcome outcome)
    {
        ModelRoute unusable = Route("a", 1, "m", rules);
        Match(Table(unusable), "m").Outcome.ShouldBe(outcome);
        Match(Table(unusable, Route("b", 2, "m", ("one", 100))), "m").Target.Name.ShouldBe("one");
    }

    [Theory]
    [InlineData("llama-3-8", "llama-3-8b")]
    [InlineData("Llama-3-8B", "llama-3-8b")]
    [InlineData("qwen", "qwen2")]
    [InlineData("zzz", null)]
    public void NearMatches_NameWhatWasMeant(string name, string? near) =>
        NearMatches.Of(name, ["llama-3-8b", "qwen2", "totally-different-name"]).FirstOrDefault().ShouldBe(near);

    [Fact]
    public void NearMatches_AmongManyLongNames_CountsEditsForSomeOnly()
    {
        string wrong = new('b', 120);
        string near = string.Concat(wrong.AsSpan(1), "c");
        ImmutableArray<string> far = [.. Enumerable.Range(0, 1000).Select(static index => $"{new string('a', 110)}{index:D10}")];

        NearMatches.Of(wrong, far.Insert(10, near)).ShouldBe([near]);
        // A wrong name must not cost more than a right one: a thousand of these would be 14 million comparisons.
        NearMatches.Of(wrong, far.Add(near)).ShouldBeEmpty();
        NearMatches.Of("qwen", far.Add("qwen2")).ShouldBe(["qwen2"]);
    }

    [Fact]
    public void Compile_OfARouteThatDidNotChange_IsNotDoneAgain()
    {
        ModelRoute same = Route("a", 1, "m", """[{"modelMatch":{"uri":{"regex":"^/v1"}},"targetModels":[{"modelServerName":"one"}]}]""");
        RouteTable before = RouteTable.Compile(Snapshot(same, Route("b", 2, "n", ("one", 1))));
        ModelRoute changed = Route("b", 2, "o", ("two", 1));
        changed = changed with { Metadata = changed.Metadata with { ResourceVersion = "changed" } };

        RouteTable after = RouteTable.Compile(Snapshot(same, changed), before: before);

        after.Routes[0].ShouldBeSameAs(before.Routes[0]);
        after.Routes[1].ShouldNotBeSameAs(before.Routes[1]);
        Match(after, "n").Outcome.ShouldBe(RouteOutcome.NoRoute);
        Match(after, "o").Target.Name.ShouldBe("two");
        Match(after, "m").Target.Name.ShouldBe("one");
    }

    [Fact]
    public void Route_WithWhatIsNotApplied_IsTold()
    {
        RouteTable table = Table(
            ModelRoute.Parse(JsonDocument.Parse("""
                {"metadata":{"namespace":"default","name":"a"},
                 "spec":{"modelName":"m","rateLimit":{"inputTokensPerUnit":1,"global":{"redis":{"address":"r:6379"}}},"parentRefs":[{"name":"g"}],
                  "rules":[{"modelMatch":{"uri":{"regex":"(?=x)"}},"targetModels":[{"modelServerName":"one"},{"externalModelProviderName":"openai"}]}]}}
                """).RootElement));

        table.Faults.Length.ShouldBe(4);
        table.Faults[0].ShouldStartWith("ModelRoute default/a: a predicate never matches:");
        table.Faults[1].ShouldBe("ModelRoute default/a: requests for external model provider openai are refused: this gateway forwards to model servers only.");
        table.Faults[2].ShouldBe("ModelRoute default/a: its rateLimit.global is not used: each router counts for itself.");
        table.Faults[3].ShouldBe("ModelRoute default/a: it serves nobody: it has parentRefs, and this gateway has no Gateways.");
    }

    [Fact]
    public void Snapshot_KeepsServingPodsThatTheSelectorSelects()
    {
        RoutingSnapshot snapshot = RoutingSnapshotPlanner.Build(
            [],
            [Server("one"), Server("none") with { Spec = new ModelServerSpec { WorkloadPort = 1 } }],
            [Pod("b", "one"), Pod("a", "one"), Pod("c", "two"), Pod("d", "one") with { Phase = "Pending" }, Pod("e", "one") with { PodIP = null },
             Pod("f", "one", ns: "other"), Pod("g", "one") with { Conditions = [] }]);

        snapshot.Servers.Select(static server => server.Key.Name).ShouldBe(["none", "one"]);
        snapshot.Servers[0].Endpoints.ShouldBeEmpty();
        snapshot.Servers[1].Endpoints.Select(static endpoint => endpoint.Pod.Name).ShouldBe(["a", "b"]);
        snapshot.Servers[1].Endpoints[0].BaseUrl.ShouldBe("http://10.0.0.1:8000");
    }

    [Fact]
    public void Snapshot_OfPodsThatShareAnAddress_TakesEachEnginesOwnPort()
    {
        Pod pod = Pod("a", "one");
        pod = pod with { Metadata = pod.Metadata with { Annotations = LabelSet.Of((Kthena.Model.Resources.Pod.EnginePortAnnotation, "41234")) } };

        RoutingSnapshotPlanner.Build([], [Server("one")], [pod]).Servers[0].Endpoints[0].BaseUrl.ShouldBe("http://10.0.0.1:41234");
    }

    [Fact]
    public void Snapshot_WherePodsDrain_SparesThemUnlessAllDo()
    {
        static Pod Draining(string name)
        {
            Pod pod = Pod(name, "one");
            return pod with { Metadata = pod.Metadata with { Annotations = LabelSet.Of((Kthena.Model.Serving.ServingLabels.Draining, "2026-11-20T00:00:00Z")) } };
        }

        RoutingSnapshotPlanner.Build([], [Server("one")], [Draining("a"), Pod("b", "one")])
            .Servers[0].Endpoints.Select(static endpoint => endpoint.IsDraining).ShouldBe([true, false]);
        RoutingSnapshotPlanner.Build([], [Server("one")], [Draining("a"), Draining("b")])
            .Servers[0].Endpoints.Select(static endpoint => endpoint.IsDraining).ShouldBe([false, false]);
    }

    [Fact]
    public void Snapshot_OfShuffledObjects_IsTheSame()
    {
        ImmutableArray<ModelRoute> routes = [Route("b", 2, "m", ("one", 1)), Route("a", 2, "n", ("one", 1)), Route("c", 1, "o", ("one", 1))];
        ImmutableArray<Pod> pods = [Pod("a", "one"), Pod("b", "one")];
        RoutingSnapshot snapshot = RoutingSnapshotPlanner.Build(routes, [Server("one"), Server("two")], pods);

        snapshot.Routes.Select(static route => route.Key.Name).ShouldBe(["c", "a", "b"]);
        RoutingSnapshotPlanner.Build([.. routes.Reverse()], [Server("two"), Server("one")], [.. pods.Reverse()])
            .HasSameContent(snapshot).ShouldBeTrue();
        RoutingSnapshotPlanner.Build(routes, [Server("one"), Server("two")], [Pod("a", "one"), Pod("b", "one") with { PodIP = "10.0.0.9" }])
            .HasSameContent(snapshot).ShouldBeFalse();
    }

    private static RouteMatch Match(RouteTable table, string model)
    {
        ulong seed = 1;
        return table.Match(model, "/v1/completions", NoHeaders, ref seed);
    }

    private static RouteTable Table(params ModelRoute[] routes) => RouteTable.Compile(Snapshot(routes));

    private static RoutingSnapshot Snapshot(params ModelRoute[] routes) =>
        RoutingSnapshotPlanner.Build([.. routes], [Server("one"), Server("two"), Server("two", "other")], []);

    private static ModelServer Server(string name, string ns = "default") => new()
    {
        Metadata = new ObjectMeta { Namespace = ns, Name = name, ResourceVersion = "1" },
        Spec = new ModelServerSpec { WorkloadPort = 8000, WorkloadSelector = LabelSet.Of(("app", name)) },
    };

    private static Pod Pod(string name, string app, string ns = "default") => new()
    {
        Metadata = new ObjectMeta { Namespace = ns, Name = name, Uid = name, Labels = LabelSet.Of(("app", app)) },
        Phase = "Running",
        PodIP = "10.0.0.1",
        Conditions = [new Condition("Ready", "True")],
    };

    private static ModelRoute Route(string name, int age, string model, (string Server, int Weight) target, string ns = "default", string[]? adapters = null) =>
        Route(name, age, model, $$"""[{"targetModels":[{"modelServerName":"{{target.Server}}","weight":{{target.Weight}}}]}]""", ns, adapters);

    private static ModelRoute Route(string name, int age, string model, string rules, string ns = "default", string[]? adapters = null) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = ns,
            Name = name,
            ResourceVersion = "1",
            CreationTimestamp = DateTimeOffset.UnixEpoch.AddDays(age),
        },
        Spec = ModelRouteSpec.Parse(JsonDocument.Parse(
            $$"""{"modelName":"{{model}}","loraAdapters":{{JsonSerializer.Serialize(adapters ?? [])}},"rules":{{rules}}}""").RootElement),
    };

    private sealed class Headers(string[] pairs) : IRequestHeaders
    {
        public string FirstValue(string name) =>
            pairs.Select(static pair => pair.Split('=')).FirstOrDefault(pair => pair[0].Equals(name, StringComparison.OrdinalIgnoreCase))?[1] ?? "";
    }
}
