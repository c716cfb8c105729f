using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Kubernetes.Tests.Servers;

/// <summary>What the client relies on, told to any API server in a namespace of its own.</summary>
internal sealed class ClientScenarios : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private readonly HttpKubernetesTransport _transport;
    private readonly KubernetesClient _client;
    private readonly string _namespace = $"client-{Random():x8}";

    private ClientScenarios(KubernetesConnection connection)
    {
        _transport = new HttpKubernetesTransport(connection, TimeProvider.System);
        _client = new KubernetesClient(_transport, TimeProvider.System, new KubernetesClientOptions { CallTimeout = Guard });
    }

    public static async Task<ClientScenarios> StartAsync(KubernetesConnection connection)
    {
        var scenarios = new ClientScenarios(connection);
        await scenarios._client.CreateAsync(
            ResourceKinds.Namespace, null, Raw(new JsonObject { ["metadata"] = new JsonObject { ["name"] = scenarios._namespace } }), default);
        return scenarios;
    }

    public async Task PreconditionsAreConflictsAsync()
    {
        // A kind that no controller writes to meanwhile.
        ControllerRevision made = await _client.CreateAsync<ControllerRevision>(
            _namespace,
            Raw(new JsonObject { ["metadata"] = new JsonObject { ["name"] = "a" }, ["revision"] = 1, ["data"] = new JsonObject { ["of"] = "a" } }),
            default);
        NamespacedName key = made.Metadata.Key;
        JsonObject label = new() { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["seen"] = "yes" } } };
        JsonArray operations = [new JsonObject { ["op"] = "add", ["path"] = "/metadata/annotations", ["value"] = new JsonObject { ["seen"] = "yes" } }];

        (await ConflictAsync(KubernetesPatch.Merge(label), new Preconditions("another-uid"))).ShouldBeTrue("merge, UID");
        (await ConflictAsync(KubernetesPatch.Merge(label), new Preconditions(ResourceVersion: "1"))).ShouldBeTrue("merge, version");
        (await ConflictAsync(KubernetesPatch.Json(operations), new Preconditions("another-uid"))).ShouldBeTrue("JSON, UID");
        (await ConflictAsync(KubernetesPatch.Json(operations), new Preconditions(ResourceVersion: "1"))).ShouldBeTrue("JSON, version");
        (await DeleteConflictsAsync(new Preconditions("another-uid"))).ShouldBeTrue("delete, UID");
        (await DeleteConflictsAsync(new Preconditions(made.Metadata.Uid, "1"))).ShouldBeTrue("delete, version");

        var right = new Preconditions(made.Metadata.Uid, made.Metadata.ResourceVersion);
        ControllerRevision labelled = await _client.PatchAsync<ControllerRevision>(key, KubernetesPatch.Merge(label), default, right);
        labelled.Metadata.Labels["seen"].ShouldBe("yes");
        right = new Preconditions(made.Metadata.Uid, labelled.Metadata.ResourceVersion);
        (await _client.PatchAsync<ControllerRevision>(key, KubernetesPatch.Json(operations.DeepClone().AsArray()), default, right)).Metadata.Annotations["seen"].ShouldBe("yes");

        async Task<bool> ConflictAsync(KubernetesPatch patch, Preconditions preconditions) =>
            (await Should.ThrowAsync<KubernetesApiException>(_client.PatchAsync<ControllerRevision>(key, patch, default, preconditions))).IsConflict;

        async Task<bool> DeleteConflictsAsync(Preconditions preconditions) =>
            (await Should.ThrowAsync<KubernetesApiException>(
                _client.DeleteAsync<ControllerRevision>(key, new DeletionOptions { Preconditions = preconditions }, default))).IsConflict;
    }

    public async Task ErrorsAreTypedAsync()
    {
        await CreatePodAsync("a");

        (await Should.ThrowAsync<KubernetesApiException>(CreatePodAsync("a"))).IsAlreadyExists.ShouldBeTrue();
        (await Should.ThrowAsync<KubernetesApiException>(_client.GetAsync<Pod>(new NamespacedName(_namespace, "b"), default))).IsNotFound.ShouldBeTrue();
        (await Should.ThrowAsync<KubernetesApiException>(CreatePodAsync("Wrong_Name"))).IsInvalid.ShouldBeTrue();
        (await _client.FindAsync<Pod>(new NamespacedName(_namespace, "b"), default)).ShouldBeNull();
    }

    public async Task StatusIsItsOwnSubresourceAsync()
    {
        Pod pod = await CreatePodAsync("a");
        JsonObject both = new()
        {
            ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = "other" } },
            ["status"] = new JsonObject { ["phase"] = "Running", ["podIP"] = "127.64.9.9" },
        };

        Pod written = await _client.PatchStatusAsync<Pod>(pod.Metadata.Key, KubernetesPatch.Merge(both), default, new Preconditions(pod.Metadata.Uid));

        (written.Phase, written.PodIP).ShouldBe(("Running", "127.64.9.9"));
        await _client.PatchAsync<Pod>(
            pod.Metadata.Key, KubernetesPatch.Merge(new JsonObject { ["status"] = new JsonObject { ["phase"] = "Failed" } }), default);
        (await _client.GetAsync<Pod>(pod.Metadata.Key, default)).Phase.ShouldBe("Running");
    }

    public async Task InformerFollowsAsync()
    {
        await CreatePodAsync("before");
        await CreatePodAsync("other", app: "other");
        InformerOptions<Pod> options = new InformerOptions<Pod>
        {
            Query = new ListQuery { Namespace = _namespace, LabelSelector = "app=x" },
            PageSize = 1,
        }.WithIndex("app", pod => pod.Metadata.Labels["app"]);
        var informer = new Informer<Pod>(_client, options, TimeProvider.System, new Random(1), NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        Task run = informer.RunAsync(stop.Token);
        await informer.WaitForSyncAsync(default).WaitAsync(Guard);
        informer.Snapshot.Items.Select(pod => pod.Metadata.Name).ShouldBe(["before"]);
        var changes = new List<string>();
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        informer.Subscribe(change =>
        {
            changes.Add($"{change.Kind} {change.Latest.Metadata.Name}");
            if (change.Kind == ResourceChangeKind.Deleted && change.Latest.Metadata.Name == "c")
                gone.TrySetResult();
        });

        Pod created = await CreatePodAsync("b");
        await informer.WaitForVersionAsync(ResourceVersions.Parse(created.Metadata.ResourceVersion), default).WaitAsync(Guard);
        informer.Snapshot.CountOf("app", "x").ShouldBe(2);
        // Leaves the selector: for this informer that is a deletion.
        await _client.PatchAsync<Pod>(
            created.Metadata.Key, KubernetesPatch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = "y" } } }), default);
        Pod last = await CreatePodAsync("c");
        await _client.DeleteAsync<Pod>(last.Metadata.Key, new DeletionOptions { GracePeriodSeconds = 0 }, default);
        await gone.Task.WaitAsync(Guard);

        changes.Where(change => !change.StartsWith("Modified", StringComparison.Ordinal)).ShouldBe(["Added b", "Deleted b", "Added c", "Deleted c"]);
        informer.Snapshot.Items.Select(pod => pod.Metadata.Name).ShouldBe(["before"]);
        await stop.CancelAsync();
        await run.WaitAsync(Guard);
    }

    public async Task EventsAreCountedAsync()
    {
        Pod pod = await CreatePodAsync("a");
        var recorder = new EventRecorder(
            _client, new EventRecorderOptions { Component = "test" }, TimeProvider.System, new Random(1), NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        Task run = recorder.RunAsync(stop.Token);
        for (int i = 0; i < 3; i++)
            recorder.Record(EventSubject.Of(pod), EventRecorder.Warning, "Broken", "It broke.");

        using var guard = new CancellationTokenSource(Guard);
        int count = 0;
        while (count != 3)
        {
            RawJson list = await _client.SendAsync(new KubernetesRequest("GET", ResourceKinds.Event.CollectionPath(_namespace)), guard.Token);
            using JsonDocument json = JsonDocument.Parse(list.Utf8);
            JsonElement[] events = [.. json.RootElement.GetProperty("items").EnumerateArray()
                .Where(item => item.GetProperty("reason").GetString() == "Broken")];
            events.Length.ShouldBeLessThanOrEqualTo(1);
            count = events.Length == 0 ? 0 : events[0].GetProperty("count").GetInt32();
        }
        await stop.CancelAsync();
        await run.WaitAsync(Guard);
    }

    public async Task WatchOfAnOldVersionIsGoneOrServedAsync()
    {
        // A server may still hold version 1; if it does not, the refusal must be one that leads to a new list.
        var request = new KubernetesRequest("GET", ResourceKinds.Pod.CollectionPath(_namespace))
        {
            Query = "watch=true&resourceVersion=1&timeoutSeconds=1",
        };
        try
        {
            await foreach (ReadOnlyMemory<byte> line in _transport.WatchAsync(request, default))
            {
                using JsonDocument json = JsonDocument.Parse(line);
                if (json.RootElement.GetProperty("type").GetString() == "ERROR")
                    KubernetesApiException.FromStatus("watch", json.RootElement.GetProperty("object")).IsGone.ShouldBeTrue();
            }
        }
        catch (KubernetesApiException error)
        {
            error.IsGone.ShouldBeTrue();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DeleteAsync(ResourceKinds.Namespace, new NamespacedName("", _namespace), null, default);
        _client.Dispose();
        _transport.Dispose();
    }

    private Task<Pod> CreatePodAsync(string name, string app = "x") => _client.CreateAsync<Pod>(_namespace, Raw(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Pod",
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["app"] = app } },
        ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["image"] = "nginx" }) },
    }), default);

    private static uint Random() => BitConverter.ToUInt32(Guid.NewGuid().ToByteArray());

    private static RawJson Raw(JsonObject json) => new(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
