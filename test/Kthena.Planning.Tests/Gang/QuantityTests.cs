using System.Text.Json;
using Kthena.Model;
using Kthena.Planning.Gang;

namespace Kthena.Planning.Tests.Gang;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("100m", "100m")]
    [InlineData("0.1", "100m")]
    [InlineData("1", "1")]
    [InlineData("1000m", "1")]
    [InlineData("1e3", "1k")]
    [InlineData("12E2", "1200")]
    [InlineData("2E", "2E")]
    [InlineData("1024Ki", "1Mi")]
    [InlineData("1.5Gi", "1536Mi")]
    [InlineData("0.5Ki", "512")]
    [InlineData("1500", "1500")]
    [InlineData("0", "0")]
    [InlineData("3n", "3n")]
    [InlineData("16Ei", null)]
    [InlineData("many", null)]
    [InlineData("", null)]
    public void Amount_ReadAndWritten_IsTheApisOwnForm(string text, string? expected) => Quantity.Parse(text)?.ToString().ShouldBe(expected);

    [Fact]
    public void Sums_AreExact() =>
        Enumerable.Repeat(Quantity.Parse("100m")!.Value, 10).Aggregate(static (sum, one) => sum + one).ToString().ShouldBe("1");

    [Theory]
    [InlineData("containers side by side",
        """{ "containers": [ { "resources": { "requests": { "cpu": "1", "memory": "1Gi" } } }, { "resources": { "requests": { "cpu": "500m" } } } ] }""",
        """{"cpu":"1500m","memory":"1Gi"}""")]
    [InlineData("W27 a limit alone is a request",
        """{ "containers": [ { "resources": { "limits": { "nvidia.com/gpu": "8", "cpu": "4" }, "requests": { "cpu": "2" } } } ] }""",
        """{"cpu":"2","nvidia.com/gpu":"8"}""")]
    [InlineData("W27 the largest init container, not their sum",
        """{ "initContainers": [ { "resources": { "requests": { "cpu": "3" } } }, { "resources": { "requests": { "cpu": "2", "memory": "5Gi" } } } ], "containers": [ { "resources": { "requests": { "cpu": "1", "memory": "1Gi" } } } ] }""",
        """{"cpu":"3","memory":"5Gi"}""")]
    [InlineData("a sidecar runs beside what follows it",
        """{ "initContainers": [ { "restartPolicy": "Always", "resources": { "requests": { "cpu": "1" } } }, { "resources": { "requests": { "cpu": "4" } } } ], "containers": [ { "resources": { "requests": { "cpu": "2" } } } ] }""",
        """{"cpu":"5"}""")]
    [InlineData("a sidecar runs beside the containers",
        """{ "initContainers": [ { "resources": { "requests": { "cpu": "1" } } }, { "restartPolicy": "Always", "resources": { "requests": { "cpu": "1" } } } ], "containers": [ { "resources": { "requests": { "cpu": "2" } } } ] }""",
        """{"cpu":"3"}""")]
    [InlineData("W27 overhead comes on top",
        """{ "overhead": { "cpu": "250m" }, "containers": [ { "resources": { "requests": { "cpu": "1" } } } ] }""",
        """{"cpu":"1250m"}""")]
    [InlineData("amounts of the whole pod stand above its containers'",
        """{ "resources": { "requests": { "cpu": "3" }, "limits": { "memory": "9Gi" } }, "containers": [ { "resources": { "requests": { "cpu": "1", "memory": "1Gi" } } } ] }""",
        """{"cpu":"3","memory":"1Gi"}""")]
    [InlineData("nothing asked for", """{ "containers": [ { "name": "c" } ] }""", "{}")]
    [InlineData("what is no amount is left out", """{ "containers": [ { "resources": { "requests": { "cpu": "much", "memory": 1024 } } } ] }""", """{"memory":"1024"}""")]
    public void Requests_OfAPod_AreWhatASchedulerCounts(string why, string spec, string expected) =>
        PodRequests.Of(RawJson.From(JsonElement.Parse(spec))).ToJson().ToJsonString().ShouldBe(expected, why);
}
