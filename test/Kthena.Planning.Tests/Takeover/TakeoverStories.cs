using System.Text.Json.Nodes;
using Kthena.Model.Serving;
using Kthena.Planning.Tests.Toy;

namespace Kthena.Planning.Tests.Takeover;

/// <summary>Objects that other software made are taken over: nothing restarts because names and texts differ.</summary>
public sealed class TakeoverStories
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PodsOfAnotherWritersRevision_AreKeptWithTheirLabels(bool hasRoleHash)
    {
        ToyCluster cluster = TakenOver(hasRoleHash, sameContent: true);
        string[] before = [.. cluster.Pods.Select(static pod => pod.Metadata.Uid)];
        cluster.SettleReady();
        cluster.Pods.Select(static pod => pod.Metadata.Uid).ShouldBe(before);
        cluster.Pods.ShouldAllBe(static pod => pod.Metadata.Labels[ServingLabels.Revision] == "6d5f8b9c7");
        cluster.Current.Status.UpdateRevision.ShouldBe("6d5f8b9c7");
        cluster.Revisions.Count().ShouldBe(1);
    }

    [Fact]
    public void PodsOfAnotherContent_AreRolled()
    {
        ToyCluster cluster = TakenOver(hasRoleHash: true, sameContent: false);
        cluster.SettleReady();
        cluster.Current.Status.UpdatedReplicas.ShouldBe(2);
        cluster.Pods.ShouldAllBe(static pod => pod.Metadata.Labels[ServingLabels.Revision] != "6d5f8b9c7");
    }

    /// <summary>Pods and a revision as a writer with types leaves them: its own names, empty objects, other quantities.</summary>
    private static ToyCluster TakenOver(bool hasRoleHash, bool sameContent)
    {
        const string resources = """{ "requests": { "cpu": "1000m", "memory": "1Gi" } }""";
        ToyCluster cluster = ToyCluster.Settled(Specs.Simple(replicas: 2).Replace("\"image\": \"engine:1\"", $"\"image\": \"engine:1\", \"resources\": {resources}", StringComparison.Ordinal));
        cluster.Rewrite(json =>
        {
            JsonObject? labels = json["metadata"]!["labels"] as JsonObject;
            if (labels?[ServingLabels.Revision] is not null)
                labels[ServingLabels.Revision] = "6d5f8b9c7";
            if (labels?[ServingLabels.RoleTemplateHash] is not null)
            {
                labels[ServingLabels.RoleTemplateHash] = "85b7c4d";
                if (!hasRoleHash)
                    labels.Remove(ServingLabels.RoleTemplateHash);
            }
            if ((string?)json["kind"] == "ModelServing")
            {
                json["status"]!["currentRevision"] = "6d5f8b9c7";
                json["status"]!["updateRevision"] = "6d5f8b9c7";
            }
            if ((string?)json["kind"] != "ControllerRevision")
                return;
            json["metadata"]!["name"] = "ms-6d5f8b9c7";
            JsonObject entry = json["data"]!["data"]![0]!["entryTemplate"]!.AsObject();
            JsonObject container = entry["spec"]!["containers"]![0]!.AsObject();
            entry["metadata"]!["creationTimestamp"] = null;
            entry["spec"]!["securityContext"] = new JsonObject();
            container["resources"]!["requests"]!["cpu"] = sameContent ? "1" : "2";
        });
        cluster.ForgetGrains();
        return cluster;
    }
}
