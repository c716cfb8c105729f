using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;
using Kthena.Plugins;

namespace Kthena.Planning.Tests.Serving;

/// <summary>Plugins through a ModelServing's life.</summary>
public sealed class PluginStories
{
    [Fact]
    public void Plugin_ChangesNewPods_ButNotWhatTheyAreFoundBy()
    {
        ToyCluster cluster = Settled(new Meddler());
        JsonNode pod = cluster.Json("Pod", "ms-0-engine-0-0");
        ((string?)pod["metadata"]!["labels"]!["mine"]).ShouldBe("yes");
        ((string?)pod["metadata"]!["labels"]![ServingLabels.Role]).ShouldBe("engine");
        ((string?)pod["metadata"]!["ownerReferences"]![0]!["uid"]).ShouldBe("uid-ms");
        ((string?)pod["spec"]!["priorityClassName"]).ShouldBe("high");
    }

    [Fact]
    public void Plugins_Changed_MakeNoRevisionAndRestartNothing()
    {
        ToyCluster cluster = Settled(new Meddler());
        (string revision, string[] uids) = (cluster.Current.Status.UpdateRevision, cluster.Uids);
        cluster.EditSpec(static spec => spec.Remove("plugins"));
        cluster.SettleReady();
        cluster.Current.Status.UpdateRevision.ShouldBe(revision);
        cluster.Uids.ShouldBe(uids);
        cluster.Lose("ms-0-engine-0-0");
        cluster.SettleReady();
        cluster.Json("Pod", "ms-0-engine-0-0")["spec"]!.AsObject().ContainsKey("priorityClassName").ShouldBeFalse();
    }

    [Fact]
    public void FailingPlugin_IsConditionAndOneEvent_BacksOff_AndTouchesNothingThatRuns()
    {
        var plugin = new Meddler();
        ToyCluster cluster = Settled(plugin, roleReplicas: 2);
        plugin.Fault = "out of order";
        string kept = cluster.Pods.Single(static pod => pod.Metadata.Name == "ms-0-engine-1-0").Metadata.Uid;
        cluster.Lose("ms-0-engine-0-0");
        cluster.SettleFor(TimeSpan.FromMinutes(20));

        cluster.Pods.ShouldHaveSingleItem().Metadata.Uid.ShouldBe(kept);
        cluster.Condition("RolesFailing")!.Reason.ShouldBe("PluginFailed");
        cluster.Condition("RolesFailing")!.Message.ShouldContain("plugin 'meddler' failed on pod ms-0-engine-0-0: out of order");
        cluster.Events.Count(static happening => happening.Reason == "PluginFailed").ShouldBe(1);
        plugin.Failures.ShouldBeInRange(5, 30);

        plugin.Fault = null;
        cluster.SettleFor(TimeSpan.FromMinutes(6));
        cluster.SettleReady();
        cluster.Pods.Count().ShouldBe(2);
        cluster.Condition("RolesFailing").ShouldBeNull();
    }

    [Fact]
    public void ReadyPod_IsMarkedOnce_AndAgainWhenTheMarkIsLost()
    {
        ToyCluster cluster = Settled(new Meddler());
        cluster.Pods.Single().Metadata.Annotations["ready-mark"].ShouldBe("ms-0-engine-0-0");
        int before = cluster.Writes;
        cluster.SettleReady();
        cluster.Writes.ShouldBe(before);
        cluster.Annotate("Pod", "ms-0-engine-0-0", "ready-mark", "other");
        cluster.SettleReady();
        cluster.Writes.ShouldBe(before + 1);
        cluster.Pods.Single().Metadata.Labels[ServingLabels.Role].ShouldBe("engine");
    }

    private static ToyCluster Settled(Meddler plugin, int roleReplicas = 1)
    {
        var cluster = new ToyCluster(Specs.Simple(roleReplicas: roleReplicas, extra: "\"plugins\": [ { \"name\": \"meddler\", \"type\": \"BuiltIn\" } ],"))
        {
            Plugins = PluginRegistry.BuiltIn.With("meddler", _ => plugin),
        };
        cluster.SettleReady();
        return cluster;
    }

    private sealed class Meddler : IPodPlugin
    {
        public string? Fault { get; set; }

        public int Failures { get; private set; }

        public void OnPodCreate(PluginPod pod, JsonObject manifest)
        {
            if (Fault is not null)
            {
                Failures++;
                throw new InvalidOperationException(Fault);
            }
            manifest["metadata"] = new JsonObject { ["name"] = "stolen", ["labels"] = new JsonObject { ["mine"] = "yes", [ServingLabels.Role] = "other" } };
            manifest["spec"]!["priorityClassName"] = "high";
        }

        public PodMarks OnPodReady(PluginPod pod) =>
            new(LabelSet.Of((ServingLabels.Role, "other")), LabelSet.Of(("ready-mark", pod.Name)));
    }
}
