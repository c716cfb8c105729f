using System.Text.Json;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Model.Tests;

public sealed class ViewTests
{
    private static T Parse<T>(string json)
        where T : class, IKubernetesResource<T>
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return T.Parse(document.RootElement);
    }

    [Fact]
    public void ModelServing_WithNothingOptional_TakesTheDefaultsOfTheCrd()
    {
        ModelServing serving = Parse<ModelServing>("""
            {"metadata": {"namespace": "default", "name": "tale", "uid": "u-1", "generation": 3},
             "spec": {"template": {"roles": [{"name": "server", "workerReplicas": 0, "entryTemplate": {"spec": {"containers": []}}}]}}}
            """);

        serving.Metadata.Key.ShouldBe(new NamespacedName("default", "tale"));
        serving.Metadata.Generation.ShouldBe(3);
        serving.Spec.Replicas.ShouldBe(1);
        serving.Spec.SchedulerName.ShouldBe("volcano");
        serving.Spec.RecoveryPolicy.ShouldBe(RecoveryPolicy.RoleRecreate);
        serving.Spec.RolloutStrategy.IsRoleRollingUpdate.ShouldBeFalse();
        serving.Spec.RolloutStrategy.MaxUnavailable.ShouldBe(IntOrPercent.FromInt(1));
        serving.Spec.RolloutStrategy.Partition.ShouldBeNull();
        RoleSpec role = serving.Spec.Roles.ShouldHaveSingleItem();
        role.Replicas.ShouldBe(1);
        role.PodsPerInstance.ShouldBe(1);
        role.WorkerTemplate.ShouldBeNull();
        serving.Status.ObservedGeneration.ShouldBe(0);
    }

    [Fact]
    public void PodTemplate_Spec_PassesThroughUnchanged()
    {
        const string Spec = """{"containers": [{"name":"x",  "future": {"field": 1.50}}]}""";

        ModelServing serving = Parse<ModelServing>(
            """{"spec": {"template": {"roles": [{"name": "a", "entryTemplate": {"spec": SPEC}}]}}}"""
                .Replace("SPEC", Spec, StringComparison.Ordinal));

        serving.Spec.Roles[0].EntryTemplate.Spec.ToString().ShouldBe(Spec);
    }

    [Fact]
    public void Pod_Ready_NeedsPhaseConditionAndNoDeletion()
    {
        const string Running = """
            {"metadata": {"name": "p"}, "status": {"phase": "Running", "podIP": "127.64.0.1",
             "conditions": [{"type": "Ready", "status": "True"}],
             "initContainerStatuses": [{"name": "i", "ready": true, "restartCount": 2}],
             "containerStatuses": [{"name": "c", "ready": true, "restartCount": 1}]}}
            """;

        Parse<Pod>(Running).IsServing.ShouldBeTrue();
        Parse<Pod>(Running).RestartCount.ShouldBe(3);
        Parse<Pod>(Running.Replace("Running", "Pending", StringComparison.Ordinal)).IsServing.ShouldBeFalse();
        Parse<Pod>(Running.Replace("\"True\"", "\"False\"", StringComparison.Ordinal)).IsServing.ShouldBeFalse();
        Parse<Pod>(Running.Replace("\"name\": \"p\"", "\"name\": \"p\", \"deletionTimestamp\": \"2026-01-01T00:00:00Z\"", StringComparison.Ordinal))
            .IsServing.ShouldBeFalse();
    }

    [Theory]
    [InlineData("10s", 10_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("250ms", 250)]
    public void ModelServer_Timeout_IsReadAsGoPrintsIt(string text, double milliseconds) =>
        Parse<ModelServer>($$"""{"spec": {"trafficPolicy": {"timeout": "{{text}}"} } }""")
            .Spec.Timeout.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));

    [Theory]
    [InlineData("0")]
    [InlineData("0s")]
    [InlineData("2000h")]
    [InlineData("9999999999999999h")]
    public void ModelServer_Timeout_OfNothingOrOfMonths_BoundsNothing(string text) =>
        Parse<ModelServer>($$"""{"spec": {"trafficPolicy": {"timeout": "{{text}}"} } }""").Spec.Timeout.ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("-5s")]
    [InlineData("5s\\n")]
    public void ModelServer_Timeout_ThatIsNoDuration_IsNamed(string text) =>
        Should.Throw<FormatException>(() => Parse<ModelServer>($$"""{"spec": {"trafficPolicy": {"timeout": "{{text}}"} } }""")).Message.ShouldContain("timeout");

    [Fact]
    public void Field_OfWrongType_IsNamed() =>
        Should.Throw<FormatException>(() => Parse<ModelServer>("""{"spec": {"workloadPort": {"port": "8000"}}}"""))
            .Message.ShouldContain("'port'");

    [Fact]
    public void ModelRoute_Rules_KeepTheirOrderAndDefaults()
    {
        ModelRoute route = Parse<ModelRoute>("""
            {"spec": {"modelName": "tale", "loraAdapters": ["a"], "rules": [
              {"name": "one", "modelMatch": {"headers": {"x-b": {"exact": "1"}, "x-a": {"prefix": "2"}}, "uri": {"regex": "^/v1"}, "body": {"model": "m"}},
               "targetModels": [{"modelServerName": "s", "weight": 30}, {"modelServerName": "t"}]},
              {"targetModels": [{"externalModelProviderName": "e"}]}]}}
            """);

        route.Spec.Rules.Select(static rule => rule.Name).ShouldBe(["one", ""]);
        route.Spec.Rules[0].Match!.Headers.Select(static header => header.Name).ShouldBe(["x-a", "x-b"]);
        route.Spec.Rules[0].Match!.Uri!.Regex.ShouldBe("^/v1");
        route.Spec.Rules[0].Match!.BodyModel.ShouldBe("m");
        route.Spec.Rules[0].Targets.Select(static target => target.Weight).ShouldBe([30, 100]);
        route.Spec.Rules[1].Match.ShouldBeNull();
        route.Spec.Rules[1].Targets[0].ExternalModelProviderName.ShouldBe("e");
        route.Spec.HasParentRefs.ShouldBeFalse();
    }
}
