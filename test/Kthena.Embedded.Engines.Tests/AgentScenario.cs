using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Embedded.Engines.Tests;

/// <summary>The life of pods on a simulated node, told to any API server.</summary>
internal static class AgentScenario
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(3);

    /// <summary>Creates pods, asks one, deletes it as a user would, and leaves nothing behind.</summary>
    /// <returns>How long it took until all pods were ready.</returns>
    public static async Task<TimeSpan> RunAsync(KubernetesConnection connection, int pods, bool bindsPods)
    {
        string ns = $"agent-{Guid.NewGuid():N}";
        using var transport = new HttpKubernetesTransport(connection, TimeProvider.System);
        using var client = new KubernetesClient(transport, TimeProvider.System, new KubernetesClientOptions { CallTimeout = Guard });
        var options = new NodeAgentOptions { Nodes = [ns], BindsPods = bindsPods, HeartbeatInterval = TimeSpan.FromSeconds(10), Costs = EngineAt.Free };
        await using var agent = new NodeAgent(client, options, TimeProvider.System, new Random(), NullLoggerFactory.Instance);
        await agent.StartAsync(CancellationToken.None);
        var seen = new Informer<Pod>(
            client, new InformerOptions<Pod> { Query = new ListQuery { Namespace = ns } }, TimeProvider.System, new Random(2), NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        await client.CreateAsync(ResourceKinds.Namespace, null, Raw($$$"""{"metadata":{"name":"{{{ns}}}"}}"""), CancellationToken.None);
        Task run = seen.RunAsync(stop.Token);
        try
        {
            long start = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, pods).Select(i => client.CreateAsync<Pod>(ns, Manifest($"p{i}"), CancellationToken.None)));
            await UntilAsync(seen, snapshot => snapshot.Count == pods && snapshot.Items.All(static pod => pod.IsServing));
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            await AskAndDeleteAsync(client, seen, seen.Snapshot.Items.First());
            return took;
        }
        finally
        {
            await client.DeleteAsync(ResourceKinds.Namespace, new NamespacedName("", ns), null, CancellationToken.None);
            await UntilAsync(seen, static snapshot => snapshot.Count == 0);
            await client.DeleteAsync(ResourceKinds.Node, new NamespacedName("", ns), null, CancellationToken.None);
            await stop.CancelAsync();
            await run.WaitAsync(Guard);
        }
    }

    private static async Task AskAndDeleteAsync(KubernetesClient client, Informer<Pod> seen, Pod pod)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using HttpResponseMessage response = await http.PostAsync(
            $"http://{pod.PodIP}:8000/v1/chat/completions",
            new StringContent("""{"model":"simulated-model","messages":[{"role":"user","content":"Hello"}]}"""));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.GetValues(NodeAgent.ServedByHeader).ShouldBe([pod.Metadata.Key.ToString()]);

        await client.DeleteAsync<Pod>(pod.Metadata.Key, null, CancellationToken.None);
        await UntilAsync(seen, snapshot => snapshot.Find(pod.Metadata.Key) is null);

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        (await Should.ThrowAsync<SocketException>(socket.ConnectAsync(pod.PodIP!, 8000))).SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
    }

    private static async Task UntilAsync(Informer<Pod> seen, Func<ResourceSnapshot<Pod>, bool> holds)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable subscription = seen.Subscribe(_ =>
        {
            if (holds(seen.Snapshot))
                reached.TrySetResult();
        });
        if (!holds(seen.Snapshot))
            await reached.Task.WaitAsync(Guard);
    }

    private static RawJson Manifest(string name) => Raw(
        $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"terminationGracePeriodSeconds":30,"containers":[{"name":"c","image":"vllm/vllm-openai:latest"}]}}""");

    private static RawJson Raw(string json) => new(Encoding.UTF8.GetBytes(json));
}
