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
        string? value = (string?)JsonNode.Parse(OperationsAnnotation.Patch([.. steps]).Utf8.Span)!["metadata"]!["annotations"]![ServingLabels.Operations];
        OperationsAnnotation.Read(LabelSet.Of((ServingLabels.Operations, value!))).ShouldBe(steps);
    }

    [Fact]
    public void NoSteps_Written_RemoveTheAnnotation() =>
        OperationsAnnotation.Patch([]).ToString().ShouldBe("""{"metadata":{"annotations":{"modelserving.volcano.sh/operations":null}}}""");

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
