using System.Text.Json;
using Kthena.Admission;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Tests.Admission;

public class RoutingRulesTests
{
    private const string Target = """{"modelServerName":"s"}""";

    [Theory]
    [InlineData("""{"rules":[]}""", "spec", "either modelName or loraAdapters must be specified")]
    [InlineData("""{"loraAdapters":["a",""],"rules":[]}""", "spec.loraAdapters[1]", "lora adapter name cannot be an empty string")]
    [InlineData("""{"modelName":"m","rules":[null]}""", "spec.rules[0]", "rule cannot be null")]
    [InlineData("""{"modelName":"m","rules":[{"targetModels":[]}]}""", "spec.rules[0].targetModels", "each rule must have at least one target model")]
    [InlineData("""{"modelName":"m","rules":[{"targetModels":[{"modelServerName":"s","weight":0}]}]}""", "spec.rules[0].targetModels", "total weight must be greater than zero")]
    [InlineData("""{"loraAdapters":["a"],"rules":[{"targetModels":[{"externalModelProviderName":"p"}]}]}""", "spec.rules[0].targetModels[0].externalModelProviderName", "lora routes must target modelServerName")]
    [InlineData("""{"modelName":"m","rules":[{"modelMatch":{"uri":{"regex":"("}},"targetModels":[{"modelServerName":"s"}]}]}""", "spec.rules[0].modelMatch.uri.regex", "does not compile")]
    [InlineData("""{"modelName":"m","rules":[{"modelMatch":{"headers":{"x":{"regex":"["}}},"targetModels":[{"modelServerName":"s"}]}]}""", "spec.rules[0].modelMatch.headers[x].regex", "does not compile")]
    public void Route_BrokenRule_IsTheOnlyErrorAtItsField(string spec, string field, string message) =>
        ShouldBeOnly(AdmissionRules.Check(ResourceKinds.ModelRoute, Object(spec)), field, message);

    [Theory]
    [InlineData("""{"modelServerName":"s","externalModelProviderName":"p"}""")]
    [InlineData("{}")]
    public void Route_TargetWithoutExactlyOneName_IsInvalid(string target) =>
        ShouldBeOnly(
            AdmissionRules.CheckDefinition(ResourceKinds.ModelRoute, Object("{\"modelName\":\"m\",\"rules\":[{\"targetModels\":[" + target + "]}]}"), null),
            "spec.rules[0].targetModels[0]", "exactly one of modelServerName or externalModelProviderName must be set");

    [Theory]
    [InlineData("a", "b", 1)]
    [InlineData("a", "a", 0)]
    [InlineData(null, "b", 0)]
    public void Route_ModelName_MayBeSetButNotChanged(string? before, string after, int errors)
    {
        JsonElement old = Object(before is null ? "{\"loraAdapters\":[\"x\"]}" : "{\"modelName\":\"" + before + "\"}");

        AdmissionRules.CheckDefinition(ResourceKinds.ModelRoute, Object("{\"modelName\":\"" + after + "\",\"rules\":[{\"targetModels\":[" + Target + "]}]}"), old)
            .Length.ShouldBe(errors);
    }

    [Theory]
    [InlineData("{}", "spec.workloadSelector", "workloadSelector must be specified")]
    [InlineData("""{"workloadSelector":{"matchLabels":{}}}""", "spec.workloadSelector.matchLabels", "matchLabels cannot be empty")]
    [InlineData("""{"workloadSelector":{"matchLabels":{"a b":"c"}}}""", "spec.workloadSelector.matchLabels[a b]", "a label key must be")]
    [InlineData("""{"workloadSelector":{"matchLabels":{"a":"-c"}}}""", "spec.workloadSelector.matchLabels[a]", "a label value must be")]
    [InlineData("""{"workloadSelector":{"matchLabels":{"a":"b"},"pdGroup":{"groupKey":"","prefillLabels":{"a":"b"},"decodeLabels":{"a":"b"}}}}""", "spec.workloadSelector.pdGroup.groupKey", "groupKey cannot be empty")]
    [InlineData("""{"workloadSelector":{"matchLabels":{"a":"b"},"pdGroup":{"groupKey":"g","prefillLabels":{"a":"b"}}}}""", "spec.workloadSelector.pdGroup.decodeLabels", "decodeLabels cannot be empty")]
    public void Server_BrokenRule_IsTheOnlyErrorAtItsField(string spec, string field, string message) =>
        ShouldBeOnly(AdmissionRules.Check(ResourceKinds.ModelServer, Object(spec)), field, message);

    private static JsonElement Object(string spec) => JsonElement.Parse("{\"metadata\":{\"name\":\"x\"},\"spec\":" + spec + "}");

    private static void ShouldBeOnly(IReadOnlyList<AdmissionError> errors, string field, string message)
    {
        AdmissionError error = errors.ShouldHaveSingleItem();
        error.Field.ShouldBe(field);
        error.ToString().ShouldContain(message);
    }
}
