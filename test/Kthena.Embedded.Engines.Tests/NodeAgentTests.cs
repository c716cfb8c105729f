using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Embedded.Engines.Tests;

public sealed class NodeAgentTests : IAsyncLifetime, IDisposable
{
    private const string Image = "vllm/vllm-openai:latest";
    private const string Hello = """{"model":"simulated-model","messages":[{"role":"user","content":"Hello"}]}""";
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private readonly MemoryApi _api = new();
    /// <summary>Other processes may simulate pods at the same time: their addresses must not be taken for ours.</summary>
    private static int _addressSeed = Environment.ProcessId;

    private readonly KubernetesClient _client;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly CancellationTokenSource _stop = new();
    private readonly Informer<Pod> _seen;
    private readonly List<NodeAgent> _agents = [];
    private Task _watching = Task.CompletedTask;

    public NodeAgentTests()
    {
        _client = new KubernetesClient(_api, TimeProvider.System);
        _seen = new Informer<Pod>(_client, new InformerOptions<Pod>(), TimeProvider.System, new Random(2), NullLogger.Instance);
    }

    public Task InitializeAsync()
    {
        _watching = _seen.RunAsync(_stop.Token);
        return _seen.WaitForSyncAsync(CancellationToken.None).WaitAsync(Guard);
    }

    public async Task DisposeAsync()
    {
        foreach (NodeAgent agent in _agents)
            await agent.DisposeAsync();
        await _stop.CancelAsync();
        await _watching.WaitAsync(Guard);
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Agent_RegistersItsNodeReady()
    {
        await StartAsync();

        JsonObject node = _api.Find("/api/v1/nodes/kthena-node-0")!;
        node["status"]!["conditions"]![0]!.ToJsonString().ShouldContain("\"type\":\"Ready\",\"status\":\"True\"");
        node["status"]!["capacity"]!["nvidia.com/gpu"].ShouldNotBeNull();
        node["status"]!["nodeInfo"]!["kubeletVersion"].ShouldNotBeNull();
    }

    [Fact]
    public async Task Agent_WhenTheNodeIsARealOne_LeavesItAlone()
    {
        await _client.CreateAsync(
            ResourceKinds.Node, null, new Kthena.Model.RawJson("""{"metadata":{"name":"kthena-node-0"}}"""u8.ToArray()), CancellationToken.None);

        (await Should.ThrowAsync<InvalidOperationException>(StartAsync())).Message.ShouldContain("is a real one");
    }

    [Fact]
    public async Task Pod_OfAnEngine_BecomesReadyAndAnswersAtItsAddress()
    {
        await StartAsync();
        _api.AddPod("a", Image, node: null);

        Pod pod = await UntilAsync("a", pod => pod.IsServing);

        pod.NodeName.ShouldBe("kthena-node-0");
        pod.StartTime.ShouldNotBeNull();
        PodAddresses.Covers(IPAddress.Parse(pod.PodIP!)).ShouldBeTrue(pod.PodIP);
        pod.ContainerStatuses.Single().IsReady.ShouldBeTrue();
        pod.Conditions.Where(condition => condition.IsTrue).Select(condition => condition.Type)
            .ShouldBe(["PodScheduled", "Initialized", "ContainersReady", "Ready"]);
        using HttpResponseMessage response = await AskAsync(pod);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.GetValues(NodeAgent.ServedByHeader).ShouldBe(["default/a"]);
        _api.Writes.Count(write => write.Path.Contains("/pods/a", StringComparison.Ordinal)).ShouldBe(3, "bind, creating, running");
    }

    [Fact]
    public async Task Pod_OfAnotherImage_BecomesReady()
    {
        await StartAsync();
        _api.AddPod("a", "nginx", node: null);

        (await UntilAsync("a", pod => pod.IsServing)).PodIP.ShouldNotBeNull();
    }

    [Fact]
    public async Task Pod_OfAnotherNode_IsLeftAlone()
    {
        await StartAsync();
        _api.AddPod("foreign", Image, "real-node");
        _api.AddPod("own", Image, "kthena-node-0");

        await UntilAsync("own", pod => pod.IsServing);

        _api.Writes.ShouldNotContain(write => write.Path.Contains("/pods/foreign", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pod_Deleted_RefusesAtOnceAndStaysListedForAMoment()
    {
        await StartAsync(new NodeAgentOptions { TerminationDelay = TimeSpan.FromDays(1) });
        _api.AddPod("a", Image, node: null);
        Pod pod = await UntilAsync("a", pod => pod.IsServing);
        using (await AskAsync(pod))
        {
            _api.DeletePod("a");
            await UntilRefusedAsync(pod);
        }

        _api.Find("/api/v1/namespaces/default/pods/a").ShouldNotBeNull("kubectl must see the pod go");
        _api.Writes.ShouldNotContain(static write => write.Method == "DELETE");
    }

    [Fact]
    public async Task Pod_Deleted_IsGoneWithoutGraceAfterAMoment()
    {
        await StartAsync();
        _api.AddPod("a", Image, node: null);
        Pod pod = await UntilAsync("a", pod => pod.IsServing);
        _api.DeletePod("a");
        await UntilGoneAsync("a");

        await UntilRefusedAsync(pod);
        KubernetesRequest delete = _api.Writes.Single(write => write.Method == "DELETE");
        JsonNode options = JsonNode.Parse(delete.Body.Span)!;
        options["gracePeriodSeconds"]!.GetValue<int>().ShouldBe(0);
        options["preconditions"]!["uid"]!.GetValue<string>().ShouldBe(pod.Metadata.Uid);
    }

    [Fact]
    public async Task Agent_StartedAgain_GivesPodsTheirEnginesBackAndWritesNothing()
    {
        NodeAgent first = await StartAsync();
        _api.AddPod("a", Image, node: null);
        Pod pod = await UntilAsync("a", pod => pod.IsServing);
        await first.DisposeAsync();
        await Should.ThrowAsync<HttpRequestException>(AskAsync(pod));
        int writes = PodWrites();

        await StartAsync();

        using HttpResponseMessage response = await AskUntilAnsweredAsync(pod);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        _api.AddPod("b", Image, node: null);
        (await UntilAsync("b", other => other.IsServing)).PodIP.ShouldNotBe(pod.PodIP);
        (PodWrites() - writes).ShouldBe(3, "all of them for the new pod");
    }

    [Fact]
    public async Task Pod_OfAnImageThatIsNotThere_ReportsThePullAsAKubelet()
    {
        await StartAsync();
        _api.AddPod("a", "vllm/vllm-openai:nonexistent-1", node: null);

        await _api.WhenWrittenAsync(static write => Text(write).Contains("ErrImagePull", StringComparison.Ordinal)).WaitAsync(Guard);
        Pod pod = await UntilAsync("a", pod => pod.ContainerStatuses.Any(status => status.WaitingReason == "ImagePullBackOff"));

        pod.Phase.ShouldBe("Pending");
        pod.IsReady.ShouldBeFalse();
        pod.PodIP.ShouldBeNull();
        await _api.WhenWrittenAsync(static write => write.Path.EndsWith("/events", StringComparison.Ordinal)
            && JsonNode.Parse(write.Body.Span)!["reason"]!.GetValue<string>() == "Failed").WaitAsync(Guard);
    }

    private static string Text(KubernetesRequest write) => Encoding.UTF8.GetString(write.Body.Span);

    [Fact]
    public async Task Pod_ReplacedUnderItsName_GetsAnEngineOfItsOwn()
    {
        await StartAsync();
        _api.AddPod("a", Image, node: null);
        Pod first = await UntilAsync("a", pod => pod.IsServing);
        _api.DeletePod("a");
        await UntilGoneAsync("a");

        _api.AddPod("a", Image, node: null);

        Pod second = await UntilAsync("a", pod => pod.IsServing && pod.Metadata.Uid != first.Metadata.Uid);
        second.PodIP.ShouldNotBe(first.PodIP);
        using HttpResponseMessage response = await AskAsync(second);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Pods_OnOneAddress_TellTheirPorts()
    {
        await StartAsync(new NodeAgentOptions { HasAddressPerPod = false });
        _api.AddPod("a", Image, node: null);
        _api.AddPod("b", Image, node: null);

        foreach (string name in (string[])["a", "b"])
        {
            Pod pod = await UntilAsync(name, pod => pod.IsServing && pod.EnginePort is not null);
            pod.PodIP.ShouldBe("127.0.0.1");
            using HttpResponseMessage response = await _http.PostAsync(
                $"http://127.0.0.1:{pod.EnginePort}/v1/chat/completions", new StringContent(Hello));
            response.Headers.GetValues(NodeAgent.ServedByHeader).ShouldBe([$"default/{name}"]);
        }
    }

    private static async Task UntilRefusedAsync(Pod pod)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(pod.PodIP!, 8000, guard.Token);
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
            {
                return;
            }
            catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
            {
                // Waited to be accepted when the listener closed: the next one is refused.
            }
        }
    }

    private int PodWrites() => _api.Writes.Count(write => write.Path.Contains("/pods/", StringComparison.Ordinal));

    private async Task<NodeAgent> StartAsync(NodeAgentOptions? options = null)
    {
        options = (options ?? new NodeAgentOptions()) with
        {
            BindsPods = true,
            StartupDelay = TimeSpan.FromMilliseconds(1),
            PullBackoffAfter = TimeSpan.FromMilliseconds(50),
            Costs = EngineAt.Free,
        };
        var agent = new NodeAgent(_client, options, TimeProvider.System, new Random(_addressSeed++), NullLoggerFactory.Instance);
        _agents.Add(agent);
        await agent.StartAsync(CancellationToken.None);
        return agent;
    }

    private Task<HttpResponseMessage> AskAsync(Pod pod) =>
        _http.PostAsync($"http://{pod.PodIP}:8000/v1/chat/completions", new StringContent(Hello));

    private async Task<HttpResponseMessage> AskUntilAnsweredAsync(Pod pod)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (true)
        {
            try
            {
                return await AskAsync(pod);
            }
            catch (HttpRequestException) when (!guard.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }

    private async Task<Pod> UntilAsync(string name, Func<Pod, bool> holds)
    {
        var key = new Kthena.Model.NamespacedName("default", name);
        var found = new TaskCompletionSource<Pod>(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable subscription = _seen.Subscribe(change =>
        {
            if (change.New is { } pod && pod.Metadata.Key == key && holds(pod))
                found.TrySetResult(pod);
        });
        if (_seen.Snapshot.Find(key) is { } known && holds(known))
            return known;
        return await found.Task.WaitAsync(Guard);
    }

    private async Task UntilGoneAsync(string name)
    {
        var key = new Kthena.Model.NamespacedName("default", name);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable subscription = _seen.Subscribe(change =>
        {
            if (change.Latest.Metadata.Key == key && change.New is null)
                gone.TrySetResult();
        });
        if (_seen.Snapshot.Find(key) is not null)
            await gone.Task.WaitAsync(Guard);
    }
}
