using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;

namespace Kthena.Planning.Tests.Serving;

public sealed class OperationsAnnotationTests
{
    [Fact]
    public void Steps_WrittenAndRead_AreTheSame()
    {
        Operation[] steps =
        [
            new(OperationStep.ScaleDown, "rev", "2 groups are wanted", DateTimeOffset.UnixEpoch, [new(4, ["a", "b"]), new(3, [])]),
            new(OperationStep.RoleScaleDown, "rev", "x", DateTimeOffset.UnixEpoch, [new(1, ["c"]) { Role = "decode", Ordinal = 2 }]),
        ];
        string? value = (string?)JsonNode.Parse(new StepRecord(OperationsAnnotation.Write([.. steps]), 0).ToPatch().Utf8.Span)!["metadata"]!["annotations"]![ServingLabels.Operations];
        OperationsAnnotation.Read(LabelSet.Of((ServingLabels.Operations, value!))).ShouldBe(steps);
    }

    [Fact]
    public void NoSteps_Written_RemoveTheAnnotation_ButNotHowFarThePodsWereKnown()
    {
        new StepRecord("", 0).ToPatch().ToString().ShouldBe("""{"metadata":{"annotations":{"modelserving.volcano.sh/operations":null}}}""");
        new StepRecord("", 7).ToPatch().ToString()
            .ShouldBe("""{"metadata":{"annotations":{"modelserving.volcano.sh/operations":null,"modelserving.volcano.sh/pods-seen":"7"}}}""");
    }

    [Theory]
    [InlineData("12", 12)]
    [InlineData("", 0)]
    [InlineData("-1", 0)]
    [InlineData("many", 0)]
    [InlineData("99999999999999999999", 0)]
    public void PodsSeen_ThatCannotBeRead_AskForNothing(string value, long seen) =>
        StepRecord.Of(LabelSet.Of((ServingLabels.PodsSeen, value), (ServingLabels.Operations, "[]"))).ShouldBe(new StepRecord("[]", seen));

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("[null]")]
    [InlineData("[{}]")]
    [InlineData("""[{"step":"Other","time":"2026-01-01T00:00:00Z","victims":[]}]""")]
    [InlineData("""[{"step":"ScaleDown","time":"2026-01-01T00:00:00Z","victims":[{"group":"x","uids":[]}]}]""")]
    [InlineData("""[{"step":"ScaleDown","time":"2026-01-01T00:00:00Z","victims":[7]}]""")]
    [InlineData("""[{"step":"ScaleDown","time":"2026-01-01T00:00:00Z","victims":[{"group":1}]}]""")]
    public void UnreadableAnnotation_HoldsNoStep(string value) =>
        OperationsAnnotation.Read(LabelSet.Of((ServingLabels.Operations, value))).ShouldBeEmpty();
}
