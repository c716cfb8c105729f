using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Kthena.Kubernetes.Core;

namespace Kthena.Embedded.Engines.Tests;

/// <summary>Just enough of an API server for the agent: objects by path, merge patches, deletion with grace, one watch of pods.</summary>
internal sealed class MemoryApi : IKubernetesTransport
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);
    private readonly List<(ulong Version, string Path, string Line)> _history = [];
    private readonly List<Channel<string>> _watches = [];
    private ulong _version = 100;

    private readonly List<KubernetesRequest> _writes = [];
    private readonly List<(Predicate<KubernetesRequest> Wanted, TaskCompletionSource Seen)> _awaited = [];

    public KubernetesRequest[] Writes
    {
        get
        {
            lock (_gate)
                return [.. _writes];
        }
    }

    public JsonObject? Find(string path)
    {
        lock (_gate)
            return _objects.GetValueOrDefault(path)?.DeepClone().AsObject();
    }

    public void AddPod(string name, string image, string? node, Action<JsonObject>? change = null)
    {
        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject { ["namespace"] = "default", ["name"] = name, ["uid"] = Guid.NewGuid().ToString() },
            ["spec"] = new JsonObject { ["nodeName"] = node, ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["image"] = image }) },
            ["status"] = new JsonObject { ["phase"] = "Pending" },
        };
        change?.Invoke(pod);
        lock (_gate)
            Store($"/api/v1/namespaces/default/pods/{name}", pod, "ADDED");
    }

    /// <summary>Completes with the first write that is wanted, one of before included.</summary>
    public Task WhenWrittenAsync(Predicate<KubernetesRequest> wanted)
    {
        lock (_gate)
        {
            if (_writes.Exists(wanted))
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((wanted, seen));
            return seen.Task;
        }
    }

    /// <summary>Asks for a pod's deletion with the usual grace.</summary>
    public void DeletePod(string name)
    {
        lock (_gate)
        {
            JsonObject pod = _objects[$"/api/v1/namespaces/default/pods/{name}"];
            pod["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:30Z";
            Store($"/api/v1/namespaces/default/pods/{name}", pod, "MODIFIED");
        }
    }

    public Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (request.IsWrite)
            {
                _writes.Add(request);
                foreach ((Predicate<KubernetesRequest> wanted, TaskCompletionSource seen) in _awaited)
                {
                    if (wanted(request))
                        seen.TrySetResult();
                }
            }
            return Task.FromResult(request.Method switch
            {
                "GET" when request.Path == "/api/v1/pods" => List(),
                "GET" => Answer(_objects.GetValueOrDefault(request.Path)),
                "POST" when request.Path.EndsWith("/binding", StringComparison.Ordinal) => Bind(request),
                "POST" => Create(request),
                "PATCH" => Patch(request),
                _ => Delete(request),
            });
        }
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(
        KubernetesRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateUnbounded<string>();
        lock (_gate)
        {
            string from = request.Query.Split('&').Single(part => part.StartsWith("resourceVersion=", StringComparison.Ordinal))[16..];
            foreach ((ulong version, string path, string line) in _history)
            {
                if (version > ulong.Parse(from, CultureInfo.InvariantCulture) && path.Contains("/pods/", StringComparison.Ordinal))
                    channel.Writer.TryWrite(line);
            }
            _watches.Add(channel);
        }
        await foreach (string line in channel.Reader.ReadAllAsync(cancellationToken))
            yield return Encoding.UTF8.GetBytes(line);
    }

    private static KubernetesResponse Answer(JsonObject? json) =>
        json is null ? Refuse(404, "NotFound") : new KubernetesResponse(200, JsonSerializer.SerializeToUtf8Bytes(json));

    private static KubernetesResponse Refuse(int status, string reason) =>
        new(status, Encoding.UTF8.GetBytes($$"""{"kind":"Status","reason":"{{reason}}","message":"{{reason}}","code":{{status}}}"""));

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is JsonObject inner && target[name] is JsonObject known)
                Merge(known, inner);
            else if (value is null)
                target.Remove(name);
            else
                target[name] = value.DeepClone();
        }
    }

    private KubernetesResponse List()
    {
        var items = new JsonArray([.. _objects.Where(pair => pair.Key.Contains("/pods/", StringComparison.Ordinal)).Select(pair => pair.Value.DeepClone())]);
        return Answer(new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = $"{_version}" }, ["items"] = items });
    }

    private KubernetesResponse Create(KubernetesRequest request)
    {
        JsonObject json = JsonNode.Parse(request.Body.Span)!.AsObject();
        string path = $"{request.Path}/{json["metadata"]!["name"]}";
        return _objects.ContainsKey(path) ? Refuse(409, "AlreadyExists") : Store(path, json, "ADDED");
    }

    private KubernetesResponse Bind(KubernetesRequest request)
    {
        string path = request.Path[..^"/binding".Length];
        JsonObject pod = _objects[path];
        pod["spec"]!["nodeName"] = JsonNode.Parse(request.Body.Span)!["target"]!["name"]!.GetValue<string>();
        return Store(path, pod, "MODIFIED");
    }

    private KubernetesResponse Patch(KubernetesRequest request)
    {
        string path = request.Path.EndsWith("/status", StringComparison.Ordinal) ? request.Path[..^"/status".Length] : request.Path;
        if (!_objects.TryGetValue(path, out JsonObject? json))
            return Refuse(404, "NotFound");
        JsonObject patch = JsonNode.Parse(request.Body.Span)!.AsObject();
        if (patch["metadata"]?["uid"] is { } uid && uid.GetValue<string>() != json["metadata"]!["uid"]!.GetValue<string>())
            return Refuse(409, "Conflict");
        Merge(json, patch);
        return Store(path, json, "MODIFIED");
    }

    private KubernetesResponse Delete(KubernetesRequest request)
    {
        if (!_objects.Remove(request.Path, out JsonObject? json))
            return Refuse(404, "NotFound");
        Tell(request.Path, json, "DELETED");
        return Answer(json);
    }

    private KubernetesResponse Store(string path, JsonObject json, string type)
    {
        _objects[path] = json;
        Tell(path, json, type);
        return Answer(json);
    }

    private void Tell(string path, JsonObject json, string type)
    {
        json["metadata"]!["resourceVersion"] = $"{++_version}";
        string line = $$"""{"type":"{{type}}","object":{{json.ToJsonString()}}}""";
        _history.Add((_version, path, line));
        if (!path.Contains("/pods/", StringComparison.Ordinal))
            return;
        foreach (Channel<string> watch in _watches)
            watch.Writer.TryWrite(line);
    }
}
