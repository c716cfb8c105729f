using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using static Kthena.Admission.Tests.Objects;

namespace Kthena.Admission.Tests;

public class AutoscalingPolicyTests
{
    private const string Homogeneous =
        """{"metrics":[{"name":"m","targetValue":"0.5"}],"homogeneousTarget":{"minReplicas":1,"maxReplicas":4,"target":{"targetRef":{"kind":"ModelServing","name":"s"},"metricSources":{"m":{"pod":{}}}}}}""";

    private const string Heterogeneous =
        """{"metrics":[{"name":"m","targetValue":1}],"heterogeneousTarget":{"params":[{"minReplicas":0,"maxReplicas":4,"cost":1,"target":{"targetRef":{"name":"a"}}},{"minReplicas":1,"maxReplicas":2,"cost":2,"target":{"targetRef":{"name":"b"}}}]}}""";

    private const string Disaggregated = """
        {"disaggregatedTarget":{"targetRef":{"name":"s"},
          "roles":{"prefill":{"minReplicas":1,"maxReplicas":8,"metrics":[{"name":"p","targetValue":"500m"}],"metricSources":{"p":{"pod":{}}}},
                   "decode":{"minReplicas":2,"maxReplicas":16,"metrics":[{"name":"d","targetValue":"2"}],"metricSources":{"d":{"prometheus":{}}}}},
          "ratioConstraint":{"numeratorRole":"prefill","denominatorRole":"decode","minRatio":"0.25","maxRatio":"1"}}}
        """;

    private static readonly ResourceKind Kind = ResourceKinds.AutoscalingPolicy;

    [Theory]
    [InlineData(Homogeneous, "{}")]
    [InlineData(Homogeneous, """{"homogeneousTarget":{"target":{"targetRef":{"kind":""}}}}""")]
    [InlineData(Homogeneous, """{"homogeneousTarget":{"minReplicas":4}}""")]
    [InlineData(Homogeneous, """{"metrics":[{"name":"a","targetValue":"1Ki"},{"name":"b","targetValue":"1e-3"},{"name":"c","targetValue":"1n"}]}""")]
    [InlineData(Homogeneous, """{"behavior":{"scaleDown":{"period":"0s","stabilizationWindow":"30m"},"scaleUp":{"stablePolicy":{"period":"1.5s"},"panicPolicy":{"period":"1m30s","panicModeHold":"30m0s"}}}}""")]
    [InlineData(Heterogeneous, "{}")]
    [InlineData(Disaggregated, "{}")]
    [InlineData(Disaggregated, """{"metrics":[{"name":"m","targetValue":1}],"disaggregatedTarget":{"roles":{"prefill":{"metrics":null,"metricSources":{"p":null,"m":{"pod":{}}}}}}}""")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"minReplicas":3,"maxReplicas":3,"metrics":null,"metricSources":null}}}}""")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"minReplicas":0},"decode":{"minReplicas":0}}}}""")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"maxReplicas":57},"decode":{"minReplicas":100,"maxReplicas":100}},"ratioConstraint":{"minRatio":"0.57"}}}""")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"maxReplicas":57},"decode":{"minReplicas":100,"maxReplicas":100}},"ratioConstraint":{"minRatio":"570m"}}}""")]
    public void Policy_ThatIsLegal_IsAdmitted(string spec, string changes) => ShouldBeAdmitted(Kind, Make(spec, changes));

    [Theory]
    [InlineData(Homogeneous, """{"metrics":[{"name":"m","targetValue":0}]}""", "spec.metrics[0].targetValue", "must be a finite number greater than zero")]
    [InlineData(Homogeneous, """{"metrics":[{"name":"m","targetValue":"-1"}]}""", "spec.metrics[0].targetValue", "Invalid value: \"-1\": must be a finite number greater than zero")]
    [InlineData(Homogeneous, """{"metrics":[{"name":"m","targetValue":"1e999"}]}""", "spec.metrics[0].targetValue", "must be a finite number greater than zero")]
    [InlineData(Homogeneous, """{"metrics":[{"name":"m","targetValue":"many"}]}""", "spec.metrics[0].targetValue", "must be a quantity")]
    [InlineData(Homogeneous, """{"metrics":[{"name":"m","targetValue":1},{"name":"m","targetValue":2}]}""", "spec.metrics[1].name", "Duplicate value: \"m\"")]
    [InlineData(Homogeneous, """{"metrics":null}""", "spec.metrics", "Required value: metrics must be specified")]
    [InlineData(Heterogeneous, """{"metrics":[]}""", "spec.metrics", "Required value: metrics must be specified")]
    [InlineData(Homogeneous, """{"homogeneousTarget":null}""", "spec", "Required value: exactly one of")]
    [InlineData(Homogeneous, """{"heterogeneousTarget":{"params":[]}}""", "spec", "Forbidden: exactly one target may be set, not homogeneousTarget and heterogeneousTarget")]
    [InlineData(Homogeneous, """{"homogeneousTarget":{"target":{"targetRef":{"kind":"Deployment"}}}}""", "spec.homogeneousTarget.target.targetRef.kind", "must be ModelServing or empty")]
    [InlineData(Homogeneous, """{"homogeneousTarget":{"target":{"targetRef":{"name":null}}}}""", "spec.homogeneousTarget.target.targetRef.name", "Required value")]
    [InlineData(Homogeneous, """{"homogeneousTarget":{"minReplicas":5}}""", "spec.homogeneousTarget.minReplicas", "minReplicas (5) cannot be greater than maxReplicas (4)")]
    [InlineData(Heterogeneous, """{"heterogeneousTarget":{"params":{"1":{"target":{"targetRef":{"name":""}}}}}}""", "spec.heterogeneousTarget.params[1].target.targetRef.name", "Required value")]
    [InlineData(Heterogeneous, """{"heterogeneousTarget":{"params":{"1":{"minReplicas":3}}}}""", "spec.heterogeneousTarget.params[1].minReplicas", "cannot be greater than maxReplicas (2)")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"targetRef":{"name":null}}}""", "spec.disaggregatedTarget.targetRef.name", "Required value")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"minReplicas":9}}}}""", "spec.disaggregatedTarget.roles[prefill].minReplicas", "cannot be greater than maxReplicas (8)")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"metrics":[{"name":"p","targetValue":0}]}}}}""", "spec.disaggregatedTarget.roles[prefill].metrics[0].targetValue", "greater than zero")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"metrics":[{"name":"p","targetValue":1},{"name":"p","targetValue":1}]}}}}""", "spec.disaggregatedTarget.roles[prefill].metrics[1].name", "Duplicate value")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"metricSources":null}}}}""", "spec.disaggregatedTarget.roles[prefill].metricSources", "Required value")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"metricSources":{"q":{"pod":{}}}}}}}""", "spec.disaggregatedTarget.roles[prefill].metricSources[q]", "names no metric")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"ratioConstraint":{"numeratorRole":"other"}}}""", "spec.disaggregatedTarget.ratioConstraint.numeratorRole", "Invalid value: \"other\": is no role of the target")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"ratioConstraint":{"minRatio":"2"}}}""", "spec.disaggregatedTarget.ratioConstraint.minRatio", "minRatio cannot be greater than maxRatio")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"ratioConstraint":{"minRatio":"-1"}}}""", "spec.disaggregatedTarget.ratioConstraint.minRatio", "must not be negative")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"ratioConstraint":{"minRatio":0,"maxRatio":0}}}""", "spec.disaggregatedTarget.ratioConstraint.maxRatio", "must be greater than zero")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"ratioConstraint":{"maxRatio":"9e999"}}}""", "spec.disaggregatedTarget.ratioConstraint.maxRatio", "must be finite")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"ratioConstraint":{"maxRatio":"half"}}}""", "spec.disaggregatedTarget.ratioConstraint.maxRatio", "must be a quantity")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"minReplicas":0}}}}""", "spec.disaggregatedTarget.ratioConstraint", "scalable-to-zero together")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"minReplicas":2},"decode":{"maxReplicas":2}},"ratioConstraint":{"maxRatio":"0.9"}}}""", "spec.disaggregatedTarget.ratioConstraint.maxRatio", "cannot be kept")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"maxReplicas":1}},"ratioConstraint":{"minRatio":"0.6"}}}""", "spec.disaggregatedTarget.ratioConstraint.minRatio", "cannot be kept")]
    [InlineData(Homogeneous, """{"behavior":{"scaleDown":{"period":"31m"}}}""", "spec.behavior.scaleDown.period", "must be between 0 and 30 minutes")]
    [InlineData(Homogeneous, """{"behavior":{"scaleDown":{"stabilizationWindow":"-1s"}}}""", "spec.behavior.scaleDown.stabilizationWindow", "must be between 0 and 30 minutes")]
    [InlineData(Homogeneous, """{"behavior":{"scaleUp":{"stablePolicy":{"period":"1h"}}}}""", "spec.behavior.scaleUp.stablePolicy.period", "must be between 0 and 30 minutes")]
    [InlineData(Homogeneous, """{"behavior":{"scaleUp":{"stablePolicy":{"stabilizationWindow":"soon"}}}}""", "spec.behavior.scaleUp.stablePolicy.stabilizationWindow", "must be a duration")]
    [InlineData(Homogeneous, """{"behavior":{"scaleUp":{"panicPolicy":{"period":"30m1s"}}}}""", "spec.behavior.scaleUp.panicPolicy.period", "must be between 0 and 30 minutes")]
    [InlineData(Homogeneous, """{"behavior":{"scaleUp":{"panicPolicy":{"period":"1s","panicModeHold":"2h"}}}}""", "spec.behavior.scaleUp.panicPolicy.panicModeHold", "must be between 0 and 30 minutes")]
    public void Policy_ThatBreaksARule_HasThatErrorAlone(string spec, string changes, string field, string message) =>
        AdmissionRules.Check(Kind, Make(spec, changes)).ShouldBeOnly(field, message);

    [Fact]
    public void Policy_RoleWithoutMetrics_LacksThemAndTheirSource()
    {
        JsonElement json = Make(Disaggregated, """{"disaggregatedTarget":{"roles":{"prefill":{"metrics":null,"metricSources":null}}}}""");

        AdmissionRules.Check(Kind, json).Select(static error => error.Field)
            .ShouldBe(["spec.disaggregatedTarget.roles[prefill].metrics", "spec.disaggregatedTarget.roles[prefill].metricSources"]);
    }

    [Theory]
    [InlineData(Homogeneous, """{"homogeneousTarget":{"target":{"metricSources":{"m":{"pod":null}}}}}""", "spec.homogeneousTarget.target.metricSources[m]", "one metric source backend config is required")]
    [InlineData(Homogeneous, """{"homogeneousTarget":{"target":{"metricSources":{"m":{"prometheus":{}}}}}}""", "spec.homogeneousTarget.target.metricSources[m]", "pod and prometheus configs are mutually exclusive")]
    [InlineData(Heterogeneous, """{"heterogeneousTarget":{"params":{"0":{"target":{"metricSources":{"m":{}}}}}}}""", "spec.heterogeneousTarget.params[0].target.metricSources[m]", "one metric source backend config is required")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"decode":{"metricSources":{"d":{"pod":{}}}}}}}""", "spec.disaggregatedTarget.roles[decode].metricSources[d]", "mutually exclusive")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"roles":{"decode":null}}}""", "spec.disaggregatedTarget", "roles must contain at least two entries when ratioConstraint is configured")]
    [InlineData(Disaggregated, """{"disaggregatedTarget":{"ratioConstraint":{"numeratorRole":"decode"}}}""", "spec.disaggregatedTarget.ratioConstraint", "numeratorRole and denominatorRole must differ")]
    public void Definition_ThatIsBroken_HasThatErrorAlone(string spec, string changes, string field, string message) =>
        AdmissionRules.CheckDefinition(Kind, Make(spec, changes), null).ShouldBeOnly(field, message);

    public static TheoryData<string, string> Additions() => new()
    {
        { "{}", $"/spec/behavior={{\"scaleDown\":{Down},\"scaleUp\":{Up}}}" },
        { """{"behavior":{}}""", $"/spec/behavior={{\"scaleDown\":{Down},\"scaleUp\":{Up}}}" },
        { """{"behavior":{"scaleDown":{"instances":1}}}""", $"/spec/behavior/scaleDown/stabilizationWindow=\"5m0s\"\n/spec/behavior/scaleUp={Up}" },
        { """{"behavior":{"scaleDown":{"stabilizationWindow":"1s"},"scaleUp":{}}}""", $"/spec/behavior/scaleUp={Up}" },
        { """{"behavior":{"scaleUp":{"panicPolicy":{"period":"1s"}}}}""", $"/spec/behavior/scaleDown={Down}\n/spec/behavior/scaleUp/stablePolicy={Stable}" },
        { """{"behavior":{"scaleDown":{"stabilizationWindow":"1s"},"scaleUp":{"stablePolicy":{"instances":1}}}}""", $"/spec/behavior/scaleUp/stablePolicy/stabilizationWindow=\"0s\"\n/spec/behavior/scaleUp/panicPolicy={NoPanic}" },
        { """{"behavior":{"scaleDown":{"stabilizationWindow":"1s"},"scaleUp":{"stablePolicy":{"stabilizationWindow":"1s"},"panicPolicy":{"period":"1s"}}}}""", "" },
        { """{"behavior":7}""", "" },
    };

    private const string Down = """{"instances":0,"percent":100,"period":"1m0s","selectPolicy":"Or","stabilizationWindow":"5m0s"}""";
    private const string Stable = """{"instances":4,"percent":100,"period":"1m0s","selectPolicy":"Or","stabilizationWindow":"0s"}""";
    private const string NoPanic = """{"percent":0,"period":"0s","panicThresholdPercent":200,"panicModeHold":"0s"}""";
    private const string Up = $$"""{"stablePolicy":{{Stable}},"panicPolicy":{{NoPanic}}}""";

    [Theory]
    [MemberData(nameof(Additions))]
    public void Mutation_AddsWhatIsMissing_AndNothingElse(string spec, string additions)
    {
        ImmutableArray<AdmissionPatch> patches = AdmissionRules.Mutate(Kind, Make(spec));

        string.Join('\n', patches.Select(static patch => $"{patch.Path}={patch.Value}")).ShouldBe(additions);
        foreach (AdmissionPatch patch in patches)
            JsonNode.Parse(patch.ToString())!["op"]!.GetValue<string>().ShouldBe("add");
    }

    [Fact]
    public void Mutation_OfAnObjectWithoutSpec_AddsOne() =>
        AdmissionRules.Mutate(Kind, JsonElement.Parse("{}")).ShouldHaveSingleItem().Path.ShouldBe("/spec");
}
