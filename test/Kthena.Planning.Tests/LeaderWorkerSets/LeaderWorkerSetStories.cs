using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.LeaderWorkerSets;
using Kthena.Planning.Tests.Toy;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Tests.LeaderWorkerSets;

/// <summary>How a LeaderWorkerSet is served by way of a ModelServing.</summary>
public sealed class LeaderWorkerSetStories
{
    private const string Worker = """{ "metadata": { "labels": { "app": "w" } }, "spec": { "containers": [ { "name": "w", "image": "worker:1" } ] } }""";
    private const string Leader = """{ "spec": { "containers": [ { "name": "l", "image": "leader:1" } ] } }""";

    private static string Spec(string extra = "", string template = "") =>
        $$"""{ "replicas": 2, {{extra}} "leaderWorkerTemplate": { "size": 4, {{template}} "workerTemplate": {{Worker}} } }""";

    [Fact]
    public void NewSet_MakesTheServingThatItOwnsAndReportsWhatThatReports()
    {
        var toy = new ToyLeaderWorkerSet(Spec(template: $"\"leaderTemplate\": {Leader},"));
        toy.Settle();
        toy.Story.Take(2).ShouldBe(["create Service lws", "create ModelServing lws"]);
        toy.Serving!["metadata"]!["ownerReferences"]!.ToJsonString().ShouldBe(
            """[{"apiVersion":"leaderworkerset.x-k8s.io/v1","kind":"LeaderWorkerSet","name":"lws","uid":"uid-lws","controller":true,"blockOwnerDeletion":true}]""");
        JsonNode spec = toy.Serving["spec"]!;
        ((int)spec["replicas"]!).ShouldBe(2);
        spec["plugins"]!.ToJsonString().ShouldBe("""[{"name":"lws-standard-labels","type":"BuiltIn"}]""");
        JsonNode role = spec["template"]!["roles"]!.AsArray().Single()!;
        ((string?)role["name"]).ShouldBe("default");
        ((int)role["workerReplicas"]!).ShouldBe(3);
        role["entryTemplate"]!.ToJsonString().ShouldBe(JsonNode.Parse(Leader)!.ToJsonString());
        role["workerTemplate"]!.ToJsonString().ShouldBe(JsonNode.Parse(Worker)!.ToJsonString());
        toy.Condition("Progressing")!.IsTrue.ShouldBeTrue();
        toy.Condition("Available")!.IsTrue.ShouldBeFalse();
        // There is none yet, and an empty text is not what an API server has to take for none.
        toy.Set["status"]!.AsObject().ContainsKey("hpaPodSelector").ShouldBeFalse();

        toy.Report(available: 2, updated: 2, "Available");
        toy.Settle();
        toy.Status.ShouldBe(toy.Status with { Replicas = 2, ReadyReplicas = 2, UpdatedReplicas = 2, HpaPodSelector = "entry=true" });
        toy.Condition("Available")!.IsTrue.ShouldBeTrue();
        toy.Condition("Progressing")!.IsTrue.ShouldBeFalse();
        ((int)toy.Set["status"]!["observedGeneration"]!).ShouldBe(1);
        toy.Status.Conditions.ShouldAllBe(static condition => condition.ObservedGeneration == 1 && condition.LastTransitionTime != null);
        toy.LastPlan.Writes.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", "", "replicas", "2")]
    [InlineData("", "", "recoveryPolicy", "RoleRecreate")]
    [InlineData("", "\"restartPolicy\": \"None\",", "recoveryPolicy", "None")]
    [InlineData("", "\"restartPolicy\": \"Default\",", "recoveryPolicy", "None")]
    [InlineData("", "\"restartPolicy\": \"RecreateGroupOnPodRestart\",", "recoveryPolicy", "RoleRecreate")]
    [InlineData("", "", "schedulerName", "default-scheduler")]
    [InlineData("", "\"leaderTemplate\": { \"spec\": { \"schedulerName\": \"mine\" } },", "schedulerName", "mine")]
    [InlineData("", "", "rolloutStrategy", """{"type":"ServingGroupRollingUpdate","rollingUpdateConfiguration":{"maxUnavailable":1}}""")]
    [InlineData("\"rolloutStrategy\": { \"rollingUpdateConfiguration\": { \"maxUnavailable\": 0, \"maxSurge\": \"50%\", \"partition\": 1 } },", "", "rolloutStrategy",
        """{"type":"ServingGroupRollingUpdate","rollingUpdateConfiguration":{"maxUnavailable":0,"partition":1,"maxSurge":"50%"}}""")]
    [InlineData("\"rolloutStrategy\": { \"rollingUpdateConfiguration\": { \"maxUnavailable\": \"10%\", \"maxSurge\": 0, \"partition\": 0 } },", "", "rolloutStrategy",
        """{"type":"ServingGroupRollingUpdate","rollingUpdateConfiguration":{"maxUnavailable":1}}""")]
    public void Field_ThatMaps_IsInTheServing(string extra, string template, string field, string value)
    {
        var toy = new ToyLeaderWorkerSet(Spec(extra, template));
        toy.Settle();
        JsonNode made = toy.Serving!["spec"]![field]!;
        (made is JsonValue ? made.ToString() : made.ToJsonString()).ShouldBe(value);
        toy.Condition("FieldsNotMapped").ShouldBeNull();
    }

    [Theory]
    [InlineData("\"networkConfig\": { \"subdomainPolicy\": \"Else\" },", "", "spec.networkConfig.subdomainPolicy: Else")]
    [InlineData("\"somethingNew\": 1,", "", "spec.somethingNew")]
    [InlineData("", "\"subGroupPolicy\": { \"subGroupSize\": 2 },", "spec.leaderWorkerTemplate.subGroupPolicy")]
    [InlineData("", "\"restartPolicy\": \"RecreateGroupAfterStart\",", "spec.leaderWorkerTemplate.restartPolicy: RecreateGroupAfterStart")]
    [InlineData("", "\"volumeClaimTemplates\": [ {} ],", "spec.leaderWorkerTemplate.volumeClaimTemplates")]
    [InlineData("", "\"leaderTemplate\": { \"metadata\": { \"finalizers\": [ \"x\" ] } },", "spec.leaderWorkerTemplate.leaderTemplate.metadata.finalizers")]
    public void Field_ThatDoesNotMap_IsNamedInACondition(string extra, string template, string named)
    {
        var toy = new ToyLeaderWorkerSet(Spec(extra, template));
        toy.Settle();
        toy.Condition("FieldsNotMapped")!.Message.ShouldBe($"Served without: {named}");
        toy.Serving.ShouldNotBeNull();
        toy.EditSet(static spec => spec.ReplaceWith(JsonNode.Parse(Spec())));
        toy.Settle();
        toy.Condition("FieldsNotMapped").ShouldBeNull();
    }

    [Fact]
    public void LeaderReady_MakesTheWorkersAwaitTheirLeader_WithOrWithoutATemplateOfItsOwn()
    {
        foreach (string template in new[] { "", $"\"leaderTemplate\": {Leader}," })
        {
            var toy = new ToyLeaderWorkerSet(Spec("\"startupPolicy\": \"LeaderReady\",", template));
            toy.Settle();
            toy.Condition("FieldsNotMapped").ShouldBeNull();
            JsonNode role = toy.Serving!["spec"]!["template"]!["roles"]![0]!;
            role["entryTemplate"]!["metadata"]!["annotations"]!.ToJsonString().ShouldBe("""{"modelserving.volcano.sh/workers-start":"AfterEntryReady"}""");
            role["workerTemplate"]!["metadata"]!["annotations"].ShouldBeNull();
        }
    }

    [Fact]
    public void Subdomain_IsOneServiceForAll_OrOneForEachGroupThatMayBe()
    {
        var toy = new ToyLeaderWorkerSet(Spec());
        toy.Settle();
        Service all = toy.Services.Single();
        all.Metadata.Name.ShouldBe("lws");
        all.Metadata.Controller!.Uid.ShouldBe("uid-lws");
        all.Selector.Pairs.ShouldBe([KeyValuePair.Create("leaderworkerset.sigs.k8s.io/name", "lws")]);

        toy.EditSet(static spec =>
        {
            spec["networkConfig"] = JsonNode.Parse("""{ "subdomainPolicy": "UniquePerReplica" }""");
            spec["rolloutStrategy"] = JsonNode.Parse("""{ "rollingUpdateConfiguration": { "maxSurge": 1 } }""");
        });
        toy.Settle();
        foreach (string template in new[] { "entryTemplate", "workerTemplate" })
        {
            toy.Serving!["spec"]!["template"]!["roles"]![0]![template]!["metadata"]!["annotations"]!.ToJsonString()
                .ShouldBe("""{"leaderworkerset.sigs.k8s.io/subdomainPolicy":"UniquePerReplica"}""");
        }
        // Pods that are not replaced yet are named by the Service of before.
        Names(toy).ShouldBe(["lws", "lws-0", "lws-1", "lws-2"]);
        toy.Services.Single(static service => service.Metadata.Name == "lws-1").Selector["leaderworkerset.sigs.k8s.io/group-index"].ShouldBe("1");
        toy.Report(available: 1, updated: 1, "UpdateInProgress");
        toy.Settle();
        Names(toy).ShouldBe(["lws", "lws-0", "lws-1", "lws-2"]);

        toy.Report(available: 2, updated: 2, "Available");
        toy.Settle();
        Names(toy).ShouldBe(["lws-0", "lws-1", "lws-2"]);
        toy.EditSet(static spec => spec["replicas"] = 0);
        toy.Settle();
        Names(toy).ShouldBe(["lws-0", "lws-1", "lws-2"]);
        toy.Report(available: 0, updated: 0, "Available");
        toy.Settle();
        Names(toy).ShouldBe(["lws-0"]);
        toy.LastPlan.Writes.ShouldBeEmpty();
    }

    [Fact]
    public void Subdomain_OfAThousandGroups_IsMadeInSteps()
    {
        var toy = new ToyLeaderWorkerSet(Spec("\"networkConfig\": { \"subdomainPolicy\": \"UniquePerReplica\" },"));
        toy.EditSet(static spec => spec["replicas"] = 1000);
        toy.Settle();
        toy.Services.Count.ShouldBe(1000);
    }

    [Fact]
    public void Service_OfSomebodyElse_IsTold_AndTheSetServedAllTheSame()
    {
        var toy = new ToyLeaderWorkerSet(Spec()) { Refusal = "Service lws exists already and belongs to somebody else: it is neither adopted nor overwritten" };
        toy.SettleFor(rounds: 3);
        toy.Serving.ShouldNotBeNull();
        toy.Condition("NotServed").ShouldBeNull();
        toy.Condition("NamesFailing")!.Message.ShouldBe($"Pods have no names in DNS: {toy.Refusal}");
        toy.Refusal = "";
        toy.Settle();
        toy.Condition("NamesFailing").ShouldBeNull();
    }

    [Fact]
    public void Defaults_OfTheSetsOwnDefinition_AreNothingToComplainOf()
    {
        var toy = new ToyLeaderWorkerSet(Spec(
            "\"startupPolicy\": \"LeaderCreated\", \"networkConfig\": { \"subdomainPolicy\": \"Shared\" }, \"rolloutStrategy\": { \"type\": \"RollingUpdate\" },",
            "\"restartPolicy\": \"RecreateGroupOnPodRestart\","));
        toy.Settle();
        toy.Condition("FieldsNotMapped").ShouldBeNull();
    }

    [Fact]
    public void ExclusiveTopology_IsNamed()
    {
        var toy = new ToyLeaderWorkerSet(Spec(), """{ "leaderworkerset.sigs.k8s.io/exclusive-topology": "rack" }""");
        toy.Settle();
        toy.Condition("FieldsNotMapped")!.Message.ShouldContain("exclusive-topology");
    }

    [Fact]
    public void Annotations_OfModelServings_AreHandedOnAndTakenBack()
    {
        var toy = new ToyLeaderWorkerSet(Spec(), """{ "modelserving.volcano.sh/drain-seconds": "30", "mine": "x" }""");
        toy.Settle();
        JsonObject annotations = toy.Serving!["metadata"]!["annotations"]!.AsObject();
        annotations.Select(static pair => pair.Key).ShouldBe(["modelserving.volcano.sh/drain-seconds", LeaderWorkerSetPlanner.TranslationAnnotation]);
        toy.EditSet(_ => toy.Set["metadata"]!["annotations"]!.AsObject().Clear());
        toy.Settle();
        annotations.Select(static pair => pair.Key).ShouldBe([LeaderWorkerSetPlanner.TranslationAnnotation]);
    }

    [Fact]
    public void Volcano_WhereItIs_SchedulesGroupsAsGangs()
    {
        var toy = new ToyLeaderWorkerSet(Spec()) { HasVolcano = true };
        toy.Settle();
        ((string?)toy.Serving!["spec"]!["schedulerName"]).ShouldBe("volcano");
    }

    [Fact]
    public void W32_Serving_OfSomebodyElse_IsLeftAloneAndTold()
    {
        foreach (string owners in (string[])["[]", """[ { "kind": "ModelBooster", "name": "b", "uid": "u", "controller": true } ]"""])
        {
            var toy = new ToyLeaderWorkerSet(Spec())
            {
                Serving = JsonNode.Parse($$"""
                    { "metadata": { "name": "lws", "namespace": "ns", "uid": "other", "generation": 1, "resourceVersion": "7", "ownerReferences": {{owners}} },
                      "spec": { "replicas": 9 } }
                    """)!.AsObject(),
            };
            string before = toy.Serving.ToJsonString();
            toy.Settle();
            toy.Serving.ToJsonString().ShouldBe(before);
            toy.Condition("NameTaken")!.Message.ShouldEndWith("is left alone");
            toy.Story.Count(static write => write.StartsWith("event NameTaken", StringComparison.Ordinal)).ShouldBe(1);
            toy.LastPlan.RequeueAfter.ShouldNotBeNull();

            toy.Serving = null;
            toy.Settle();
            toy.Condition("NameTaken").ShouldBeNull();
            ((int)toy.Serving!["spec"]!["replicas"]!).ShouldBe(2);
        }
    }

    [Fact]
    public void Serving_OfADeletedNamesake_IsWaitedFor()
    {
        var toy = new ToyLeaderWorkerSet(Spec());
        toy.Settle();
        toy.Set["metadata"]!["uid"] = "uid-next";
        var observed = new LeaderWorkerSetObservation(View<LeaderWorkerSet>(toy.Set), View<ModelServing>(toy.Serving!));
        LeaderWorkerSetPlan plan = LeaderWorkerSetPlanner.Plan(observed, toy.Now);
        plan.Writes.OfType<RecordEvent>().ShouldBeEmpty();
        plan.Writes.ShouldAllBe(static write => write.Kind == ResourceKinds.LeaderWorkerSet);
        plan.RequeueAfter.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void W32_Defaults_AndFieldsThatTheDefinitionDrops_AreNoReasonToWriteAgain()
    {
        var toy = new ToyLeaderWorkerSet(Spec("\"rolloutStrategy\": { \"rollingUpdateConfiguration\": { \"maxSurge\": 1 } },"))
        {
            Fill = static spec =>
            {
                JsonObject role = spec["template"]!["roles"]![0]!.AsObject();
                role["maxUnavailable"] = 1;
                spec["template"]!["restartGracePeriodSeconds"] = 0;
                spec["rolloutStrategy"]!["rollingUpdateConfiguration"]!.AsObject().Remove("maxSurge");
                role["entryTemplate"]!["spec"]!["containers"]![0]!.AsObject().Remove("image");
            },
        };
        toy.Settle();
        toy.Condition("FieldsNotMapped")!.Message.ShouldContain("maxSurge");
        toy.Story.Clear();
        toy.Settle();
        toy.Report(available: 2, updated: 2, "Available");
        toy.Settle();
        toy.Story.ShouldBe(["patch LeaderWorkerSet/status lws"]);

        // Another process tries once more, and knows then.
        toy.Forget();
        toy.Settle();
        toy.Settle();
        toy.Story.Count(static write => write == "patch ModelServing lws").ShouldBe(1);
    }

    [Fact]
    public void Edit_OfTheSet_ReachesTheServingAndTakesWithItWhatIsGone()
    {
        var toy = new ToyLeaderWorkerSet(Spec("\"rolloutStrategy\": { \"rollingUpdateConfiguration\": { \"partition\": 1 } },", $"\"leaderTemplate\": {Leader},"));
        toy.Settle();
        toy.Report(available: 2, updated: 2, "Available");
        toy.Settle();
        toy.EditSet(static spec =>
        {
            spec["replicas"] = 3;
            spec.Remove("rolloutStrategy");
            spec["leaderWorkerTemplate"]!.AsObject().Remove("leaderTemplate");
        });
        toy.Settle();
        JsonNode made = toy.Serving!["spec"]!;
        ((int)made["replicas"]!).ShouldBe(3);
        made["rolloutStrategy"]!["rollingUpdateConfiguration"]!["partition"].ShouldBeNull();
        ((string?)made["template"]!["roles"]![0]!["entryTemplate"]!["spec"]!["containers"]![0]!["name"]).ShouldBe("w");
        toy.Condition("Available")!.IsTrue.ShouldBeFalse("what was reported is of the older spec");
        toy.Report(available: 1, updated: 1, "UpdateInProgress");
        toy.Settle();
        toy.Condition("UpdateInProgress")!.IsTrue.ShouldBeTrue();
        toy.Condition("Progressing")!.IsTrue.ShouldBeTrue();
        toy.Condition("Available")!.ObservedGeneration.ShouldBe(2);
    }

    [Fact]
    public void Serving_ChangedBySomebodyElse_IsSetRight()
    {
        var toy = new ToyLeaderWorkerSet(Spec());
        toy.Settle();
        toy.EditServing(static spec => spec["replicas"] = 7);
        toy.EditServing(static spec => spec["template"]!["roles"]![0]!["workerReplicas"] = 0);
        toy.Settle();
        ((int)toy.Serving!["spec"]!["replicas"]!).ShouldBe(2);
        ((int)toy.Serving["spec"]!["template"]!["roles"]![0]!["workerReplicas"]!).ShouldBe(3);
    }

    [Fact]
    public void Serving_DeletedByAUser_IsMadeAgain_ButNotWhileTheSetGoes()
    {
        var toy = new ToyLeaderWorkerSet(Spec());
        toy.Settle();
        toy.Serving = null;
        toy.Settle();
        toy.Serving.ShouldNotBeNull();
        toy.Serving = null;
        toy.Set["metadata"]!["deletionTimestamp"] = "2026-01-02T03:04:05Z";
        toy.Settle();
        toy.Serving.ShouldBeNull();
    }

    [Fact]
    public void Set_ScaledToZero_IsAvailable()
    {
        var toy = new ToyLeaderWorkerSet(Spec().Replace("\"replicas\": 2", "\"replicas\": 0", StringComparison.Ordinal));
        toy.Settle();
        toy.Report(available: 0, updated: 0, "None", replicas: 0);
        toy.Settle();
        toy.Condition("Available")!.IsTrue.ShouldBeTrue();
    }

    [Fact]
    public void Set_ThatIsRefusedOrHasNoTemplate_SaysSo()
    {
        var refused = new ToyLeaderWorkerSet(Spec()) { Refusal = "could not create ModelServing lws: invalid name" };
        Should.Throw<InvalidOperationException>(refused.Settle);
        refused.Condition("NotServed")!.Message.ShouldContain("invalid name");
        refused.Refusal = "";
        refused.Settle();
        refused.Condition("NotServed").ShouldBeNull();

        var empty = new ToyLeaderWorkerSet("""{ "leaderWorkerTemplate": {} }""");
        empty.Settle();
        empty.Serving.ShouldBeNull();
        empty.Condition("NotServed")!.Message.ShouldContain("workerTemplate");
    }

    [Theory]
    [InlineData("replicas", "-1", "spec.replicas: must be 0 to 1000000, not -1")]
    [InlineData("replicas", "1000000", "spec.replicas: 1000000 groups of 4096 pods are more than 2147483647 pods")]
    [InlineData("leaderWorkerTemplate/size", "0", "spec.leaderWorkerTemplate.size: must be 1 or more, not 0")]
    [InlineData("leaderWorkerTemplate/leaderTemplate", "7", "spec.leaderWorkerTemplate.leaderTemplate: must be an object")]
    [InlineData("rolloutStrategy/rollingUpdateConfiguration/partition", "-2", "spec.rolloutStrategy.rollingUpdateConfiguration.partition: must be 0 or more, not -2")]
    [InlineData("rolloutStrategy/rollingUpdateConfiguration/maxUnavailable", "\"many\"", "spec.rolloutStrategy.rollingUpdateConfiguration.maxUnavailable: must be a number that is not negative, or 0% to 100%, not \"many\"")]
    [InlineData("rolloutStrategy/rollingUpdateConfiguration/maxSurge", "\"101%\"", "spec.rolloutStrategy.rollingUpdateConfiguration.maxSurge: must be a number that is not negative, or 0% to 100%, not \"101%\"")]
    public void BrokenRule_OfTheKind_IsToldAndTheServingStaysAsItIs(string path, string value, string told)
    {
        var toy = new ToyLeaderWorkerSet(Spec("\"rolloutStrategy\": { \"rollingUpdateConfiguration\": { \"maxUnavailable\": 1 } },"));
        toy.Settle();
        string before = toy.Serving!.ToJsonString();
        string[] steps = path.Split('/');
        toy.EditSet(spec =>
        {
            if (told.Contains("4096", StringComparison.Ordinal))
                spec["leaderWorkerTemplate"]!["size"] = 4096;
            steps[..^1].Aggregate((JsonNode)spec, static (node, step) => node[step]!)[steps[^1]] = JsonNode.Parse(value);
        });
        toy.Settle();
        toy.Serving!.ToJsonString().ShouldBe(before);
        toy.Condition("NotServed").ShouldBe(toy.Condition("NotServed")! with { Reason = "Invalid", Message = told, ObservedGeneration = 2 });

        toy.EditSet(static spec => spec.ReplaceWith(JsonNode.Parse(Spec())));
        toy.Settle();
        toy.Condition("NotServed").ShouldBeNull();
    }

    [Fact]
    public void Trouble_OfTheServing_IsToldOfTheSet_WhileItLasts()
    {
        var toy = new ToyLeaderWorkerSet(Spec());
        toy.Settle();
        toy.Report(available: 1, updated: 2, "RolesFailing");
        toy.Serving!["status"]!["conditions"]![0]!["reason"] = "ImagePullFailed";
        toy.Serving["status"]!["conditions"]![0]!["message"] = "group 1 default-0: cannot pull x";
        toy.Settle();
        toy.Condition("RolesFailing")!.Reason.ShouldBe("ImagePullFailed");
        toy.Condition("RolesFailing")!.Message.ShouldBe("group 1 default-0: cannot pull x");
        toy.Report(available: 1, updated: 2, "Invalid");
        toy.Settle();
        toy.Condition("RolesFailing").ShouldBeNull();
        toy.Condition("NotServed").ShouldNotBeNull();
        toy.Report(available: 2, updated: 2, "Available");
        toy.Settle();
        toy.Status.Conditions.Select(static condition => condition.Type).ShouldBe(["Available", "Progressing", "UpdateInProgress"]);
    }

    [Fact]
    public void Lws280_PodsLostDuringAnUpdateOfTheSet_NeverMixRevisionsInAGroup()
    {
        for (int crash = 1; crash < 40; crash += 6)
        {
            ToyCluster cluster = ToyCluster.Settled(Translated("worker:1"));
            cluster.EditSpec(static spec => spec.ReplaceWith(JsonNode.Parse(Translated("worker:2"))));
            cluster.Settle(stopAfterWrites: crash);
            if (cluster.Pods.Skip(crash % 8).FirstOrDefault() is { } lost)
                cluster.Lose(lost.Metadata.Name);
            for (int step = 0; step < 40; step++)
            {
                cluster.Settle(stopAfterWrites: 1);
                if (step % 7 == 0)
                    cluster.AllReady();
                cluster.Pods.GroupBy(static pod => pod.Metadata.Labels[ServingLabels.GroupName])
                    .ShouldAllBe(static group => group.Select(pod => pod.Metadata.Labels[ServingLabels.Revision]).Distinct().Count() == 1);
            }
            cluster.SettleReady();
            cluster.Pods.Count().ShouldBe(8);
            cluster.Pods.ShouldAllBe(static pod => pod.Containers[0].Image == "worker:2");
        }
    }

    private static string Translated(string image)
    {
        var toy = new ToyLeaderWorkerSet(Spec().Replace("worker:1", image, StringComparison.Ordinal));
        toy.Settle();
        return toy.Serving!["spec"]!.ToJsonString();
    }

    private static T View<T>(JsonObject json)
        where T : class, IKubernetesResource<T>
    {
        using var document = System.Text.Json.JsonDocument.Parse(json.ToJsonString());
        return T.Parse(document.RootElement);
    }

    private static List<string> Names(ToyLeaderWorkerSet toy) => [.. toy.Services.Select(static service => service.Metadata.Name).Order(StringComparer.Ordinal)];
}
