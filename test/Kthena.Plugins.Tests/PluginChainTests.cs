using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Admission;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Plugins.Tests;

public sealed class PluginChainTests
{
    [Fact]
    public void Chain_RunsInTheOrderOfTheSpec_WithinEachScope()
    {
        PluginChain chain = Build("""
            [ { "name": "note", "type": "BuiltIn", "config": { "text": "1" } },
              { "name": "note", "type": "BuiltIn", "config": { "text": "2" }, "scope": { "roles": [ "decode" ] } },
              { "name": "note", "type": "BuiltIn", "config": { "text": "3" }, "scope": { "roles": [ "prefill" ], "target": "Worker" } },
              { "name": "note", "type": "BuiltIn", "config": { "text": "4" }, "scope": { "target": "All" } } ]
            """);
        Notes(chain, Pods.Entry).ShouldBe("14");
        Notes(chain, Pods.Worker).ShouldBe("134");
        Notes(chain, Pods.Of("decode", 0)).ShouldBe("124");
    }

    [Fact]
    public void W33_Chain_IsBuiltOnceForAllPods()
    {
        int built = 0;
        var chains = new PluginChains(PluginRegistry.BuiltIn.With("counted", _ =>
        {
            built++;
            return new Note("");
        }));
        RawJson plugins = Raw("""[ { "name": "counted", "type": "BuiltIn" } ]""");
        for (int pod = 0; pod < 100; pod++)
            chains.Of(plugins).OnPodCreate(Pods.Entry, Pods.Manifest());
        built.ShouldBe(1);
        chains.Of(default).ShouldBeSameAs(PluginChain.Empty);
    }

    [Fact]
    public void W33_UnknownPlugin_IsRefusedAtAdmissionWithTheKnownOnes()
    {
        AdmissionError error = AdmissionRules.Check(ResourceKinds.ModelServing, Serving("""[ { "name": "demo-pod-tweeks", "type": "BuiltIn" } ]"""))
            .ShouldHaveSingleItem();
        error.Field.ShouldBe("spec.plugins[0].name");
        error.Message.ShouldBe("no plugin is called 'demo-pod-tweeks'; known are demo-pod-tweaks, lws-standard-labels");
    }

    [Fact]
    public void Admission_TellsEveryWrongFieldAtOnce() =>
        AdmissionRules.Check(ResourceKinds.ModelServing, Serving("""
            [ { "name": "demo-pod-tweaks", "type": "BuiltIn",
                "config": { "runtimeClassName": 3, "annotations": { "a": 1 }, "env": [ { "name": "A" }, { "value": "x" }, { "name": "B", "value": true } ] },
                "scope": { "roles": [ "engine", "decode" ], "target": "Workers" } },
              { "name": "lws-standard-labels", "type": "BuiltIn", "config": [] } ]
            """)).Select(static error => error.Field).ShouldBe(
            [
                "spec.plugins[0].scope.target",
                "spec.plugins[0].config.runtimeClassName",
                "spec.plugins[0].config.annotations[a]",
                "spec.plugins[0].config.env[1].name",
                "spec.plugins[0].config.env[2].value",
                "spec.plugins[1].config",
                "spec.plugins[0].scope.roles[1]",
            ]);

    [Fact]
    public void Admission_OfAHost_KnowsItsOwnPlugins() =>
        AdmissionRules.Check(ResourceKinds.ModelServing, Serving("""[ { "name": "note", "type": "BuiltIn" } ]"""), plugins: Registry).ShouldBeEmpty();

    [Fact]
    public void UnknownPlugin_PastAdmission_MakesNoPod() =>
        Should.Throw<PluginException>(() => Build("""[ { "name": "gone", "type": "BuiltIn" } ]""").OnPodCreate(Pods.Entry, Pods.Manifest()))
            .Message.ShouldContain("no plugin is called 'gone'");

    [Fact]
    public void PluginThatThrows_IsNamedWithItsPod() =>
        Should.Throw<PluginException>(() => Build("""[ { "name": "note", "type": "BuiltIn", "config": { "text": "fail" } } ]""").OnPodCreate(Pods.Entry, Pods.Manifest()))
            .Message.ShouldBe("plugin 'note' failed on pod ms-3-prefill-1-0: no text");

    [Fact]
    public void PluginThatCannotBeMade_IsAnErrorOfItsSettings() =>
        PluginRegistry.BuiltIn.With("x", static _ => throw new FormatException("cannot be"))
            .Check(JsonElement.Parse("""[ { "name": "x", "type": "BuiltIn" } ]""")).ShouldBe([new PluginError("spec.plugins[0].config", "cannot be")]);

    [Fact]
    public void DemoPodTweaks_SetsWhatItsSettingsSay()
    {
        JsonObject pod = Pods.Manifest();
        Build("""
            [ { "name": "demo-pod-tweaks", "type": "BuiltIn", "config": {
                "runtimeClassName": "nvidia", "annotations": { "team": "a" }, "env": [ { "name": "X", "value": "1" } ] } } ]
            """).OnPodCreate(Pods.Entry, pod);
        ((string?)pod["spec"]!["runtimeClassName"]).ShouldBe("nvidia");
        ((string?)pod["metadata"]!["annotations"]!["team"]).ShouldBe("a");
        foreach (JsonNode? container in pod["spec"]!["containers"]!.AsArray().Concat(pod["spec"]!["initContainers"]!.AsArray()))
            container!["env"]!.ToJsonString().ShouldBe("""[{"name":"X","value":"1"}]""");
    }

    [Fact]
    public void LwsStandardLabels_OfAnOwnedServing_AreThatKindsOwn()
    {
        PluginChain chain = Build("""[ { "name": "lws-standard-labels", "type": "BuiltIn" } ]""");
        JsonObject pod = Pods.Manifest();
        chain.OnPodCreate(Pods.Of("default", 2, new ObjectMeta
        {
            Namespace = "ns",
            Name = "ms",
            OwnerReferences = [new OwnerReference("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "lws", "u", IsController: true)],
        }), pod);
        pod["metadata"]!["labels"]!.ToJsonString().ShouldBe(JsonNode.Parse("""
            { "app": "x", "leaderworkerset.sigs.k8s.io/name": "lws", "leaderworkerset.sigs.k8s.io/group-index": "3",
              "leaderworkerset.sigs.k8s.io/worker-index": "2", "leaderworkerset.sigs.k8s.io/group-key": "185b12ce93307d72aeace3b4f0b0c586bce939c5",
              "leaderworkerset.sigs.k8s.io/template-revision-hash": "5c5fcdfb44" }
            """)!.ToJsonString());
        pod["metadata"]!["annotations"]!.ToJsonString().ShouldBe(
            """{"leaderworkerset.sigs.k8s.io/size":"3","leaderworkerset.sigs.k8s.io/leader-name":"ms-3-default-1-0"}""");

        JsonObject other = Pods.Manifest();
        chain.OnPodCreate(Pods.Entry, other);
        other.ToJsonString().ShouldBe(Pods.Manifest().ToJsonString());
    }

    [Fact]
    public void LwsStandardLabels_Variables_ComeFirstInEveryContainer_InPlaceOfTheUsers()
    {
        PluginChain chain = Build("""[ { "name": "lws-standard-labels", "type": "BuiltIn" } ]""");
        JsonObject pod = Pods.Manifest();
        pod["spec"]!["containers"]![0]!["env"] = JsonNode.Parse("""
            [ { "name": "ARGS", "value": "--head $(LWS_LEADER_ADDRESS)" }, { "name": "LWS_GROUP_SIZE", "value": "99" } ]
            """);
        chain.OnPodCreate(Pods.Of("default", 0, new ObjectMeta
        {
            Namespace = "ns",
            Name = "ms",
            OwnerReferences = [new OwnerReference("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "lws", "u", IsController: true)],
        }), pod);
        const string Variables = """{"name":"LWS_LEADER_ADDRESS","value":"lws-3.lws.ns"},{"name":"LWS_GROUP_SIZE","value":"3"},{"name":"LWS_WORKER_INDEX","value":"0"}""";
        pod["spec"]!["containers"]![0]!["env"]!.ToJsonString().ShouldBe($$"""[{{Variables}},{"name":"ARGS","value":"--head $(LWS_LEADER_ADDRESS)"}]""");
        pod["spec"]!["containers"]![1]!["env"]!.ToJsonString().ShouldBe($"[{Variables}]");
        pod["spec"]!["initContainers"]![0]!["env"]!.ToJsonString().ShouldBe($"[{Variables}]");
        pod["metadata"]!["annotations"]!.ToJsonString().ShouldBe("""{"leaderworkerset.sigs.k8s.io/size":"3"}""");
    }

    [Theory]
    [InlineData(0, false, "lws-3", "lws", "lws-3.lws.ns")]
    [InlineData(2, false, "lws-3-2", "lws", "lws-3.lws.ns")]
    [InlineData(0, true, "lws-3", "lws-3", "lws-3.lws-3.ns")]
    [InlineData(2, true, "lws-3-2", "lws-3", "lws-3.lws-3.ns")]
    public void LwsStandardLabels_NamesInDns_AreThatKindsOwn(int index, bool isUnique, string hostname, string subdomain, string leader)
    {
        PluginChain chain = Build("""[ { "name": "lws-standard-labels", "type": "BuiltIn" } ]""");
        JsonObject pod = Pods.Manifest();
        if (isUnique)
            pod["metadata"]!["annotations"] = new JsonObject { [LwsNames.SubdomainPolicy] = LwsNames.UniquePerReplica };
        chain.OnPodCreate(Pods.Of("default", index, new ObjectMeta
        {
            Namespace = "ns",
            Name = "lws",
            OwnerReferences = [new OwnerReference("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "lws", "u", IsController: true)],
        }), pod);
        ((string?)pod["spec"]!["hostname"], (string?)pod["spec"]!["subdomain"]).ShouldBe((hostname, subdomain));
        ((string?)pod["spec"]!["containers"]![0]!["env"]![0]!["value"]).ShouldBe(leader);
    }

    private static readonly PluginRegistry Registry = PluginRegistry.BuiltIn.With("note", static config => new Note(config.Text("text") ?? ""));

    private static PluginChain Build(string plugins) => Registry.Build(Raw(plugins));

    private static RawJson Raw(string json) => RawJson.From(JsonElement.Parse(json));

    private static string Notes(PluginChain chain, PluginPod pod)
    {
        JsonObject manifest = Pods.Manifest();
        chain.OnPodCreate(pod, manifest);
        return (string?)manifest["metadata"]!["note"] ?? "";
    }

    private static JsonElement Serving(string plugins) => JsonElement.Parse($$"""
        { "metadata": { "name": "ms" }, "spec": { "replicas": 1, "plugins": {{plugins}},
          "template": { "roles": [ { "name": "engine", "replicas": 1, "workerReplicas": 0, "entryTemplate": { "spec": { "containers": [] } } } ] } } }
        """);

    private sealed class Note(string text) : IPodPlugin
    {
        public void OnPodCreate(PluginPod pod, JsonObject manifest)
        {
            if (text == "fail")
                throw new InvalidOperationException("no text");
            manifest["metadata"]!["note"] = (string?)manifest["metadata"]!["note"] + text;
        }
    }
}
