using System.Text;
using Kthena.Grains.Apply;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Planning.Writes;
using Kthena.Silo.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Grains.Tests.Apply;

/// <summary>What the API server's answers mean to a plan.</summary>
public sealed class PlanApplierTests
{
    private static readonly NamespacedName Name = new("ns", "x");

    [Theory]
    [InlineData("create", 201, "", ApplyOutcome.Applied)]
    [InlineData("create", 409, "AlreadyExists", ApplyOutcome.Unneeded)]
    [InlineData("create", 403, "Forbidden", ApplyOutcome.Rejected)]
    [InlineData("create", 422, "Invalid", ApplyOutcome.Rejected)]
    [InlineData("create", 404, "NotFound", ApplyOutcome.Rejected)]
    [InlineData("create", 409, "Conflict", ApplyOutcome.Unavailable)]
    [InlineData("create", 429, "TooManyRequests", ApplyOutcome.Unavailable)]
    [InlineData("create", 500, "InternalError", ApplyOutcome.Unavailable)]
    [InlineData("delete", 200, "", ApplyOutcome.Applied)]
    [InlineData("delete", 404, "NotFound", ApplyOutcome.Unneeded)]
    [InlineData("delete", 409, "Conflict", ApplyOutcome.Unneeded)]
    [InlineData("patch", 200, "", ApplyOutcome.Applied)]
    [InlineData("patch", 404, "NotFound", ApplyOutcome.Conflict)]
    [InlineData("patch", 409, "Conflict", ApplyOutcome.Conflict)]
    [InlineData("patch", 422, "Invalid", ApplyOutcome.Rejected)]
    [InlineData("patch", 503, "", ApplyOutcome.Unavailable)]
    public async Task Answer_OfAWrite_HasItsOutcome(string verb, int status, string reason, ApplyOutcome outcome)
    {
        var transport = new OneAnswer(status, status < 300
            ? """{ "kind": "Pod", "metadata": { "resourceVersion": "77" } }"""
            : $$"""{ "kind": "Status", "code": {{status}}, "reason": "{{reason}}", "message": "why" }""");
        ApplyResult result = await ApplyAsync(transport, verb);
        result.Outcome.ShouldBe(outcome);
        result.Version.ShouldBe(status < 300 ? 77 : 0);
        if (status is >= 400 && reason.Length > 0)
            result.Message.ShouldBe("why");
    }

    [Fact]
    public async Task NoAnswer_IsUnavailable() =>
        (await ApplyAsync(new OneAnswer(0, ""), "create")).Outcome.ShouldBe(ApplyOutcome.Unavailable);

    [Fact]
    public async Task Delete_Sent_CarriesTheUid()
    {
        var transport = new OneAnswer(200, "{}");
        await ApplyAsync(transport, "delete");
        Encoding.UTF8.GetString(transport.Last!.Body.Span).ShouldContain("\"preconditions\":{\"uid\":\"u\"}");
    }

    [Fact]
    public async Task Patch_Sent_CarriesTheVersionAndTheSubresource()
    {
        var transport = new OneAnswer(200, "{}");
        await ApplyAsync(transport, "patch");
        transport.Last!.Path.ShouldEndWith("/pods/x/status");
        Encoding.UTF8.GetString(transport.Last.Body.Span).ShouldContain("\"resourceVersion\":\"5\"");
    }

    [Fact]
    public void EveryWrite_OfTheFamily_IsKnownHere() =>
        typeof(ClusterWrite).Assembly.GetTypes().Where(static type => type.IsSubclassOf(typeof(ClusterWrite))).Select(static type => type.Name)
            .Order(StringComparer.Ordinal).ShouldBe(["CreateObject", "DeleteObject", "PatchObject", "RecordEvent"]);

    private static async Task<ApplyResult> ApplyAsync(OneAnswer transport, string verb)
    {
        using var client = new KubernetesClient(transport, TimeProvider.System, new KubernetesClientOptions { CallTimeout = TimeSpan.FromMilliseconds(100) });
        var recorder = new EventRecorder(
            client, new EventRecorderOptions { Component = "c" }, TimeProvider.System, new Random(1), NullLogger.Instance);
        var body = new RawJson("{}"u8.ToArray());
        return await new KubernetesPlanApplier(client, recorder).ApplyAsync(
            verb switch
            {
                "create" => new CreateObject(ResourceKinds.Pod, Name, body),
                "delete" => new DeleteObject(ResourceKinds.Pod, Name, "u"),
                _ => new PatchObject(ResourceKinds.Pod, Name, body, "5", "status"),
            },
            Name,
            CancellationToken.None);
    }

    private sealed class OneAnswer(int status, string body) : IKubernetesTransport
    {
        public KubernetesRequest? Last { get; private set; }

        public Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
        {
            Last = request;
            return status == 0
                ? throw new KubernetesUnreachableException("refused")
                : Task.FromResult(new KubernetesResponse(status, Encoding.UTF8.GetBytes(body)));
        }

        public IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(KubernetesRequest request, CancellationToken cancellationToken) =>
            AsyncEnumerable.Empty<ReadOnlyMemory<byte>>();
    }
}
