using System.Text;
using Kthena.Embedded.Kubernetes.Core.Logs;
using Kthena.Embedded.Kubernetes.Core.Requests;

namespace Kthena.Embedded.Kubernetes.Tests.Core;

/// <summary><c>pods/log</c> as kubectl asks for it.</summary>
public sealed class PodLogTests
{
    private const string Log = $"{MemoryServer.Pods}/p/log";
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("?container=c", "one\ntwo\nthree\n")]
    [InlineData("?container=c&tailLines=2", "two\nthree\n")]
    [InlineData("?container=c&tailLines=0", "")]
    [InlineData("?container=c&limitBytes=5", "one\nt")]
    [InlineData("?container=c&timestamps=true&tailLines=1", "2026-01-02T12:00:02.000000000Z three\n")]
    [InlineData("?container=c&sinceTime=2026-01-02T12:00:01Z", "two\nthree\n")]
    [InlineData("?container=first", "")]
    public async Task Lines_ThatAreAskedFor_AreTheBody(string query, string text)
    {
        MemoryServer server = await RunningAsync();
        ApiResponse response = await server.SendAsync("GET", Log + query);
        response.Status.ShouldBe(200, response.ToString());
        response.ContentType.ShouldBe("text/plain");
        Encoding.UTF8.GetString(response.BodyBytes()).ShouldBe(text);
    }

    [Fact]
    public async Task SinceSeconds_CountFromTheServersClock()
    {
        var logs = new TestLogs();
        MemoryServer server = await RunningAsync(logs);
        await server.SendAsync("GET", Log + "?container=c&sinceSeconds=90");
        logs.Asked!.Since.ShouldBe(server.Time.GetUtcNow().AddSeconds(-90));
    }

    [Fact]
    public async Task FollowedLog_IsAStream()
    {
        MemoryServer server = await RunningAsync();
        ApiResponse response = await server.SendAsync("GET", Log + "?container=c&follow=true");
        var text = new StringBuilder();
        await foreach (ReadOnlyMemory<byte> part in response.Stream.ShouldNotBeNull())
            text.Append(Encoding.UTF8.GetString(part.Span));
        text.ToString().ShouldBe("one\ntwo\nthree\nlater\n");
    }

    [Theory]
    [InlineData("", 400, "a container name must be specified for pod p, choose one of: [c d] or one of the init containers: [first]")]
    [InlineData("?container=x", 400, "container x is not valid for pod p")]
    [InlineData("?container=c&previous=true", 400, "previous terminated container \"c\" in pod \"p\" not found")]
    [InlineData("?container=d", 400, "container \"d\" in pod \"p\" is waiting to start: ContainerCreating")]
    [InlineData("?container=c&tailLines=-1", 400, "tailLines")]
    [InlineData("?container=c&limitBytes=0", 422, "limitBytes: Invalid value: 0: must be greater than 0")]
    [InlineData("?container=c&sinceSeconds=1&sinceTime=2026-01-02T12:00:01Z", 422, "at most one of")]
    [InlineData("?container=c&sinceTime=noon", 422, "sinceTime")]
    public async Task WrongRequest_IsRefusedInAKubeletsWords(string query, int status, string told)
    {
        MemoryServer server = await RunningAsync();
        (await server.ExpectAsync("GET", Log + query, status))["message"]!.ToString().ShouldContain(told);
    }

    [Fact]
    public async Task Pod_OfAnotherNode_IsAnErrorThatSaysSo()
    {
        foreach (MemoryServer server in (MemoryServer[])[await RunningAsync(new TestLogs { IsElsewhere = true }), await BindAsync(await MemoryServer.StartBareAsync())])
        {
            (await server.ExpectAsync("GET", Log + "?container=c", 503))["message"]!.ToString()
                .ShouldBe("pod \"p\" runs on node \"n\", which is not part of this process: only the logs of its own nodes can be read here");
        }
    }

    [Fact]
    public async Task Pod_ThatHasNoNodeYet_HasAnEmptyLog_AndOneThatIsNotThereNone()
    {
        MemoryServer server = await MemoryServer.StartBareAsync(new TestLogs());
        await server.CreateAsync(MemoryServer.Pods, """{ "metadata": { "name": "p" }, "spec": { "containers": [ { "name": "c", "image": "x" } ] } }""");
        ApiResponse response = await server.SendAsync("GET", Log);
        response.Status.ShouldBe(200);
        response.BodyLength.ShouldBe(0);
        (await server.ExpectAsync("GET", $"{MemoryServer.Pods}/nobody/log", 404))["message"]!.ToString().ShouldBe("pods \"nobody\" not found");
    }

    [Theory]
    [InlineData("exec")]
    [InlineData("attach")]
    [InlineData("portforward")]
    public async Task Process_BehindASimulatedContainer_IsNotPromised(string subresource)
    {
        MemoryServer server = await RunningAsync();
        (await server.ExpectAsync("POST", $"{MemoryServer.Pods}/p/{subresource}", 501))["message"]!.ToString().ShouldContain("simulated");
    }

    private static async Task<MemoryServer> RunningAsync(TestLogs? logs = null) => await BindAsync(await MemoryServer.StartBareAsync(logs ?? new TestLogs()));

    private static async Task<MemoryServer> BindAsync(MemoryServer server)
    {
        await server.CreateAsync(MemoryServer.Pods, """
            { "metadata": { "name": "p" },
              "spec": { "nodeName": "n", "initContainers": [ { "name": "first", "image": "x" } ], "containers": [ { "name": "c", "image": "x" }, { "name": "d", "image": "x" } ] } }
            """);
        (await server.MergeAsync($"{MemoryServer.Pods}/p/status", """
            { "status": { "containerStatuses": [ { "name": "d", "state": { "waiting": { "reason": "ContainerCreating" } } } ] } }
            """)).Status.ShouldBe(200);
        return server;
    }

    private sealed class TestLogs : IPodLogs
    {
        public bool IsElsewhere { get; init; }

        public PodLogQuery? Asked { get; private set; }

        public IAsyncEnumerable<PodLogLine>? Read(string podUid, string container, PodLogQuery query)
        {
            Asked = query;
            if (IsElsewhere)
                return null;
            string[] lines = container == "c" ? ["one", "two", "three"] : [];
            PodLogLine[] kept =
            [
                .. lines.Select(static (text, at) => new PodLogLine(Noon.AddSeconds(at), text))
                    .TakeLast(query.Tail ?? lines.Length)
                    .Where(line => query.Since is null || line.Time >= query.Since),
                .. query.Follows ? [new PodLogLine(Noon.AddHours(1), "later")] : Array.Empty<PodLogLine>(),
            ];
            return kept.ToAsyncEnumerable();
        }
    }
}
