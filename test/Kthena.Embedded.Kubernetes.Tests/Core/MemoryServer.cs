using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core;
using Kthena.Embedded.Kubernetes.Core.Logs;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Embedded.Kubernetes.Core.Watching;
using Kthena.Embedded.Kubernetes.Definitions;

namespace Kthena.Embedded.Kubernetes.Tests.Core;

/// <summary>An API server in memory with requests written short.</summary>
internal sealed class MemoryServer
{
    public const string Servings = "/apis/workload.serving.volcano.sh/v1alpha1/namespaces/default/modelservings";
    public const string Pods = "/api/v1/namespaces/default/pods";

    private MemoryServer(ApiServer server, StillTime time, IObjectJournal journal) => (Server, Time, Journal) = (server, time, journal);

    public ApiServer Server { get; }

    public StillTime Time { get; }

    public IObjectJournal Journal { get; }

    /// <summary>A server with the platform's kinds.</summary>
    public static Task<MemoryServer> StartAsync(int historyLength = 1024, IObjectJournal? journal = null) =>
        StartAsync(historyLength, journal, ShippedDefinitions.Read());

    /// <summary>A server with built-in kinds alone, which starts at once.</summary>
    public static Task<MemoryServer> StartBareAsync(int historyLength = 1024, IObjectJournal? journal = null) => StartAsync(historyLength, journal, []);

    /// <summary>A server with built-in kinds alone, and with somebody who runs pods.</summary>
    public static Task<MemoryServer> StartBareAsync(IPodLogs logs) => StartAsync(1024, null, [], logs);

    private static async Task<MemoryServer> StartAsync(
        int historyLength, IObjectJournal? journal, ImmutableArray<ReadOnlyMemory<byte>> definitions, IPodLogs? logs = null)
    {
        var time = new StillTime();
        journal ??= new MemoryJournal();
        ApiServer server = await ApiServer.StartAsync(new ApiServerOptions
        {
            Time = time,
            Identifiers = new RandomIdentifiers(new Random(1)),
            Journal = journal,
            Definitions = definitions,
            HistoryLength = historyLength,
            PodLogs = logs,
        });
        return new MemoryServer(server, time, journal);
    }

    public async Task<ApiResponse> SendAsync(string method, string path, string? body = null, string type = "application/json", string accept = "application/json")
    {
        int question = path.IndexOf('?', StringComparison.Ordinal);
        return await Server.HandleAsync(new ApiRequest(method, question < 0 ? path : path[..question], question < 0 ? "" : path[(question + 1)..])
        {
            ContentType = type,
            Accept = accept,
            Body = body is null ? default : Encoding.UTF8.GetBytes(body),
        });
    }

    public async Task<JsonNode> GetAsync(string path) => await ExpectAsync("GET", path, 200);

    public async Task<JsonNode> CreateAsync(string path, string body) => await ExpectAsync("POST", path, 201, body);

    public Task<ApiResponse> MergeAsync(string path, string body) => SendAsync("PATCH", path, body, "application/merge-patch+json");

    public async Task<JsonNode> ExpectAsync(string method, string path, int status, string? body = null, string type = "application/json", string accept = "application/json")
    {
        ApiResponse response = await SendAsync(method, path, body, type, accept);
        response.Status.ShouldBe(status, response.ToString());
        return JsonNode.Parse(response.BodyBytes())!;
    }

    public async Task<WatchStream> WatchAsync(string path)
    {
        ApiResponse response = await SendAsync("GET", path);
        response.Status.ShouldBe(200, response.ToString());
        return response.Watch.ShouldNotBeNull();
    }

    /// <summary>The frames that are there now, as <c>TYPE name</c>.</summary>
    public static List<string> Read(WatchStream watch) => [.. ReadJson(watch).Select(static frame =>
        $"{frame["type"]} {frame["object"]!["metadata"]?["name"]}".TrimEnd())];

    public static List<JsonNode> ReadJson(WatchStream watch)
    {
        var frames = new List<JsonNode>();
        while (watch.TryRead(out WatchFrame? frame))
        {
            byte[] line = [.. frame.Value.Head.Span, .. frame.Value.Content.Span, .. frame.Value.Tail.Span];
            line[^1].ShouldBe((byte)'\n');
            frames.Add(JsonNode.Parse(line)!);
        }
        return frames;
    }

    public static string Pod(string name, string extra = "", string metadata = "") => $$$$"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{{name}}}}"{{{{metadata}}}}},"spec":{"containers":[{"name":"c","image":"nginx"}]{{{{extra}}}}}}
        """;

    public static string Node(string name, string ready = "True") => $$$$"""
        {"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{{name}}}}","labels":{"zone":"{{{{name}}}}"}},"status":{"conditions":[{"type":"Ready","status":"{{{{ready}}}}"}],"allocatable":{"pods":"3"}}}
        """;

    public static string Serving(string name, string spec = "", string role = "") => $$$$"""
        {"apiVersion":"workload.serving.volcano.sh/v1alpha1","kind":"ModelServing","metadata":{"name":"{{{{name}}}}"},
         "spec":{{{{{spec}}}}"template":{"roles":[{{{{{role}}}}"name":"prefill","workerReplicas":0,"entryTemplate":{"spec":{"containers":[{"name":"c","image":"vllm"}]}}}]}}}
        """;
}

/// <summary>A clock that moves only when told; timers fire as it passes them.</summary>
internal sealed class StillTime : TimeProvider
{
    private readonly List<StillTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan span)
    {
        _now += span;
        foreach (StillTimer timer in _timers.ToList())
            timer.FireIfDue(_now);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new StillTimer(this, callback, state, period);
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    private sealed class StillTimer(StillTime owner, TimerCallback callback, object? state, TimeSpan period) : ITimer
    {
        private DateTimeOffset? _due;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _due = dueTime < TimeSpan.Zero ? null : owner._now + dueTime;
            return true;
        }

        public void FireIfDue(DateTimeOffset now)
        {
            if (_due is null || now < _due)
                return;
            _due = period > TimeSpan.Zero ? _due + period : null;
            callback(state);
        }

        public void Dispose() => owner._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
