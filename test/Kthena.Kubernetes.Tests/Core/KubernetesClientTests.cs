using System.Text;
using System.Text.Json.Nodes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using static Kthena.Kubernetes.Tests.Core.Manifests;

namespace Kthena.Kubernetes.Tests.Core;

public sealed class KubernetesClientTests : IDisposable
{
    private static readonly NamespacedName Key = new("default", "a");

    private readonly ManualTime _time = new();
    private readonly ScriptedTransport _transport = new();
    private readonly KubernetesClient _client;

    public KubernetesClientTests() => _client = new KubernetesClient(_transport, _time);

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Get_ReadsTheView()
    {
        Task<Pod> get = _client.GetAsync<Pod>(Key, CancellationToken.None);
        ScriptedTransport.Call call = await _transport.NextCallAsync();
        call.Request.ToString().ShouldBe("GET /api/v1/namespaces/default/pods/a");
        call.Reply(200, Pod("a", 4));

        (await get).Metadata.ResourceVersion.ShouldBe("4");
    }

    [Fact]
    public async Task Find_WhenNotFound_IsNull()
    {
        Task<Pod?> find = _client.FindAsync<Pod>(Key, CancellationToken.None);
        (await _transport.NextCallAsync()).ReplyStatus(404, "NotFound");

        (await find).ShouldBeNull();
    }

    [Fact]
    public async Task Create_ClusterScoped_IgnoresTheNamespace()
    {
        Task create = _client.CreateAsync(ResourceKinds.Node, "", Raw("{}"), CancellationToken.None);
        ScriptedTransport.Call call = await _transport.NextCallAsync();
        call.Request.ToString().ShouldBe("POST /api/v1/nodes");
        call.Request.ContentType.ShouldBe("application/json");
        call.Reply(201, "{}");
        await create;
    }

    [Fact]
    public async Task Patch_MergeWithPreconditions_CarriesThemInMetadata()
    {
        Task patch = _client.PatchStatusAsync<Pod>(
            Key, KubernetesPatch.Merge(new JsonObject { ["status"] = new JsonObject { ["phase"] = "Running" } }),
            CancellationToken.None, new Preconditions("u", "7"));
        ScriptedTransport.Call call = await _transport.NextCallAsync();
        call.Request.Path.ShouldBe("/api/v1/namespaces/default/pods/a/status");
        call.Request.ContentType.ShouldBe("application/merge-patch+json");
        call.Body!.ToJsonString().ShouldBe("""{"status":{"phase":"Running"},"metadata":{"uid":"u","resourceVersion":"7"}}""");
        call.Reply(200, Pod("a", 8));
        await patch;
    }

    [Fact]
    public async Task Patch_JsonWithPreconditions_PutsThemFirst()
    {
        var operations = new JsonArray(new JsonObject { ["op"] = "remove", ["path"] = "/metadata/labels/x" });
        Task patch = _client.PatchAsync<Pod>(Key, KubernetesPatch.Json(operations), CancellationToken.None, new Preconditions("u", "7"));
        ScriptedTransport.Call call = await _transport.NextCallAsync();
        call.Body!.AsArray().Select(operation => (string?)operation!["path"])
            .ShouldBe(["/metadata/uid", "/metadata/resourceVersion", "/metadata/labels/x"]);
        call.Reply(200, Pod("a", 8));
        await patch;
    }

    [Fact]
    public async Task Patch_Apply_NamesTheManager()
    {
        Task patch = _client.PatchAsync<Pod>(Key, KubernetesPatch.Apply(Raw("{}"), "kthena"), CancellationToken.None);
        ScriptedTransport.Call call = await _transport.NextCallAsync();
        call.Request.Query.ShouldBe("fieldManager=kthena&force=true");
        call.Request.ContentType.ShouldBe("application/apply-patch+yaml");
        call.Reply(200, Pod("a", 8));
        await patch;
    }

    [Fact]
    public async Task Delete_WithOptions_SendsThem()
    {
        var options = new DeletionOptions { GracePeriodSeconds = 0, PropagationPolicy = "Background", Preconditions = new Preconditions("u") };
        Task delete = _client.DeleteAsync<Pod>(Key, options, CancellationToken.None);
        ScriptedTransport.Call call = await _transport.NextCallAsync();
        call.Body!.ToJsonString().ShouldBe(
            """{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"propagationPolicy":"Background","preconditions":{"uid":"u"}}""");
        call.Reply(200, "{}");
        await delete;
    }

    [Theory]
    [InlineData(409, "Conflict", "the object has been modified", true, false)]
    [InlineData(409, "AlreadyExists", "exists", false, true)]
    [InlineData(422, "Invalid", "metadata.uid: Invalid value: field is immutable", true, false)]
    [InlineData(422, "Invalid", "spec.x: Required value", false, false)]
    public async Task Error_OfStatus_AnswersPredicates(int status, string reason, string message, bool isConflict, bool isAlreadyExists)
    {
        Task create = _client.CreateAsync<Pod>("default", Raw("{}"), CancellationToken.None);
        (await _transport.NextCallAsync()).ReplyStatus(status, reason, message);

        KubernetesApiException error = await Should.ThrowAsync<KubernetesApiException>(create);

        error.IsConflict.ShouldBe(isConflict);
        error.IsAlreadyExists.ShouldBe(isAlreadyExists);
        error.StatusMessage.ShouldBe(message);
        error.Message.ShouldContain("POST /api/v1/namespaces/default/pods");
    }

    [Fact]
    public async Task Error_TooManyRequestsForLongerThanACallMayTake_CarriesRetryAfter()
    {
        Task get = _client.GetAsync<Pod>(Key, CancellationToken.None);
        (await _transport.NextCallAsync()).Reply(429, "slow down", TimeSpan.FromSeconds(30));

        KubernetesApiException error = await Should.ThrowAsync<KubernetesApiException>(get);

        error.IsTooManyRequests.ShouldBeTrue();
        error.RetryAfter.ShouldBe(TimeSpan.FromSeconds(30));
        error.StatusMessage.ShouldBe("slow down");
    }

    [Fact]
    public async Task Call_WithoutAnswer_FailsAfterTenSeconds()
    {
        Task get = _client.GetAsync<Pod>(Key, CancellationToken.None);
        await _transport.NextCallAsync();

        _time.Advance(TimeSpan.FromSeconds(9.9));
        get.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.2));

        (await Should.ThrowAsync<KubernetesUnreachableException>(get)).Message.ShouldContain("no answer within 10 s");
    }

    [Fact]
    public async Task Call_CancelledByTheCaller_IsACancellation()
    {
        using var stop = new CancellationTokenSource();
        Task get = _client.GetAsync<Pod>(Key, stop.Token);
        await _transport.NextCallAsync();

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(get);
    }

    [Fact]
    public async Task Writes_BeyondTheLimit_WaitTheirTurn()
    {
        Task[] writes = [.. Enumerable.Range(0, 100).Select(i => _client.CreateAsync<Pod>("default", Raw("{}"), CancellationToken.None))];
        for (int i = 0; i < 100; i++)
            (await _transport.NextCallAsync()).Reply(201, Pod("a", 1));

        await Task.WhenAll(writes).WaitAsync(TimeSpan.FromMinutes(2));

        _transport.InFlightMax.ShouldBe(32);
    }

    private static RawJson Raw(string json) => new(Encoding.UTF8.GetBytes(json));
}
