using System.Text.Json;
using Kthena.Model.Resources;

namespace Kthena.Admission.Tests;

public class DenialTests
{
    [Fact]
    public void ModelServer_WithSeveralFaults_HasALineForEach()
    {
        JsonElement json = JsonElement.Parse("""
            {"metadata":{"name":"x"},"spec":{"trafficPolicy":{"timeout":"5 m","retry":{"retryInterval":"-1s"}},
             "workloadSelector":{"matchLabels":{},"pdGroup":{"groupKey":"","prefillLabels":{"a":"b"},"decodeLabels":{"a":"!"}}}}}
            """);

        AdmissionRules.Denial(AdmissionRules.Check(ResourceKinds.ModelServer, json)).ShouldBe("""
            validation failed:
              - spec.trafficPolicy.timeout: Invalid value: "5 m": must be a duration such as 15s or 1m30s
              - spec.trafficPolicy.retry.retryInterval: Invalid value: "-1s": must not be negative
              - spec.workloadSelector.matchLabels: Required value: matchLabels cannot be empty
              - spec.workloadSelector.pdGroup.groupKey: Required value: groupKey cannot be empty
              - spec.workloadSelector.pdGroup.decodeLabels[a]: Invalid value: "!": a label value must be empty or at most 63 alphanumeric characters, '-', '_' or '.', and start and end with an alphanumeric character
            """.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("100ms")]
    [InlineData("1h2m3.5s")]
    [InlineData("0")]
    public void ModelServer_WithDurations_IsAdmitted(string timeout) =>
        AdmissionRules.Check(ResourceKinds.ModelServer, JsonElement.Parse(
            "{\"spec\":{\"trafficPolicy\":{\"timeout\":\"" + timeout + "\"},\"workloadSelector\":{\"matchLabels\":{\"a\":\"b\"}}}}")).ShouldBeEmpty();

    [Fact]
    public void CheckAll_FieldThatBothSetsName_IsNamedOnce()
    {
        JsonElement route = JsonElement.Parse("""{"metadata":{"name":"x"},"spec":{"rules":[{"targetModels":[{}]}]}}""");

        AdmissionRules.CheckAll(ResourceKinds.ModelRoute, route, null).Select(static error => error.Field)
            .ShouldBe(["spec", "spec.rules[0].targetModels[0]"]);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Check_ObjectOfTheWrongShape_IsJudgedWithoutFault(string json)
    {
        foreach (ResourceKind kind in AdmissionRules.Kinds)
        {
            JsonElement element = JsonElement.Parse(json);
            AdmissionRules.Mutate(kind, element);
            AdmissionRules.CheckAll(kind, element, element);
        }
    }

    /// <summary>Every member that a rule reads, as something else than the rule expects.</summary>
    public static TheoryData<string> Shapes()
    {
        var shapes = new TheoryData<string> { "{}", "[]", "1", "null", """{"spec":null}""", """{"spec":1}""", """{"spec":[]}""", """{"metadata":1,"spec":{}}""" };
        string[] members =
        [
            "backend", "behavior", "metrics", "homogeneousTarget", "heterogeneousTarget", "disaggregatedTarget", "auth", "headers", "baseURL",
            "template", "rolloutStrategy", "replicas", "rules", "loraAdapters", "workloadSelector", "trafficPolicy",
        ];
        foreach (string member in members)
        {
            foreach (string value in (string[])["1", "\"x\"", "[]", "[1,null,{}]", "{}", "{\"a\":1}", "true"])
                shapes.Add("{\"spec\":{\"" + member + "\":" + value + "}}");
        }
        foreach (string inner in (string[])["\"workers\":[1,null,{\"config\":1,\"type\":2,\"image\":3}],\"type\":\"vLLM\"", "\"workers\":{},\"type\":\"vLLMDisaggregated\",\"modelURI\":1"])
            shapes.Add("{\"spec\":{\"backend\":{" + inner + "}}}");
        shapes.Add("""{"spec":{"disaggregatedTarget":{"roles":{"a":1,"b":null},"ratioConstraint":{"numeratorRole":1,"denominatorRole":{},"minRatio":[],"maxRatio":{}}}}}""");
        shapes.Add("""{"spec":{"behavior":{"scaleUp":1,"scaleDown":[]},"metrics":[1,{"name":1,"targetValue":{}}]}}""");
        shapes.Add("""{"spec":{"auth":{"secretRef":1},"headers":{"a":1}}}""");
        return shapes;
    }
}
