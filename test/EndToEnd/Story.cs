using System.Net;
using System.Net.Http.Json;
using Xunit.Abstractions;

namespace EndToEnd;

/// <summary>The platform's main path, from a manifest to a streamed token and back after a power cut.</summary>
public sealed class Story(ITestOutputHelper output) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-e2e-");

    internal const string Manifest = """
        apiVersion: workload.serving.volcano.sh/v1alpha1
        kind: ModelServing
        metadata: {name: tale}
        spec:
          replicas: 2
          template:
            roles:
              - name: server
                replicas: 1
                workerReplicas: 0
                entryTemplate:
                  metadata: {labels: {app: tale}}
                  spec:
                    containers:
                      - name: engine
                        image: vllm/vllm-openai:v0.11.0
                        args: ["--model", "acme/tale-7b", "--port", "8000"]
                        ports: [{containerPort: 8000}]
        ---
        apiVersion: networking.serving.volcano.sh/v1alpha1
        kind: ModelServer
        metadata: {name: tale}
        spec:
          model: acme/tale-7b
          inferenceEngine: vLLM
          workloadSelector: {matchLabels: {app: tale}}
          workloadPort: {port: 8000}
        ---
        apiVersion: networking.serving.volcano.sh/v1alpha1
        kind: ModelRoute
        metadata: {name: tale}
        spec:
          modelName: tale
          rules: [{targetModels: [{modelServerName: tale}]}]
        """;

    [KubectlFact]
    public async Task Platform_FromManifestThroughPowerCut_Serves()
    {
        string data = Path.Combine(_folder.FullName, "data");
        await using (Platform platform = await Platform.StartAsync(data, "--no-quickstart"))
        {
            output.WriteLine($"ready after {platform.StartDuration.TotalSeconds:0.0} s");
            (await platform.KubectlInputAsync(Manifest, "apply", "-f", "-")).Succeeded();
            await WaitForReplicasAsync(platform, 2);

            await WarmUpAsync(platform);
            await AnswersAreStreamedAsync(platform);
            await OnePrefixStaysOnOnePodAsync(platform);
            await DeletedPodHealsAsync(platform);
            (await platform.KubectlAsync("scale", "modelserving/tale", "--replicas=3")).Succeeded();
            await WaitForReplicasAsync(platform, 3);
            (await platform.KubectlAsync("scale", "modelserving/tale", "--replicas=1")).Succeeded();
            await WaitForReplicasAsync(platform, 1);
            await platform.KillAsync();
        }

        await using Platform resumed = await Platform.StartAsync(data, "--no-quickstart");
        output.WriteLine($"ready again after {resumed.StartDuration.TotalSeconds:0.0} s");
        await WaitForReplicasAsync(resumed, 1);
        await WarmUpAsync(resumed);
        await AnswersAreStreamedAsync(resumed);
        (await resumed.StopAsync()).ShouldBe(0);
    }

    private static async Task WaitForReplicasAsync(Platform platform, int replicas)
    {
        (await platform.KubectlAsync("wait", "modelserving/tale", "--timeout=240s",
            $"--for=jsonpath={{.status.availableReplicas}}={replicas}")).Succeeded();
        (await platform.KubectlAsync("wait", "modelserving/tale", "--timeout=240s",
            $"--for=jsonpath={{.status.replicas}}={replicas}")).Succeeded();
        (await platform.KubectlAsync("wait", "pods", "-l", "app=tale", "--for=condition=Ready", "--timeout=240s")).Succeeded();
    }

    /// <summary>Sends a prompt until it is answered: the gateway hears of new pods a moment after kubectl does.</summary>
    private static async Task WarmUpAsync(Platform platform)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            try
            {
                using HttpResponseMessage answer = await ChatAsync(platform, "Hello", stream: false);
                return;
            }
            catch (HttpRequestException) when (!deadline.IsCancellationRequested)
            {
                await Task.Delay(100, deadline.Token);
            }
        }
    }

    private static async Task AnswersAreStreamedAsync(Platform platform)
    {
        using HttpResponseMessage response = await ChatAsync(platform, "Tell me a tale.", stream: true);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        string[] events = (await response.Content.ReadAsStringAsync())
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        events.Length.ShouldBeGreaterThan(2);
        events.ShouldAllBe(static line => line.StartsWith("data: ", StringComparison.Ordinal));
        events[^1].ShouldBe("data: [DONE]");
    }

    private static async Task OnePrefixStaysOnOnePodAsync(Platform platform)
    {
        string prefix = string.Concat(Enumerable.Repeat("Once upon a time there was a very long prompt. ", 40));
        var pods = new List<string>();
        foreach (string question in new[] { "Who?", "What?", "Where?", "Why?" })
        {
            using HttpResponseMessage response = await ChatAsync(platform, prefix + question, stream: false);
            string requestId = response.Headers.GetValues("x-request-id").Single();
            string line = await platform.NextLineAsync(line => line.Contains($"request_id={requestId}", StringComparison.Ordinal));
            pods.Add(line.Split("selected_pod=")[1].Split(' ')[0]);
        }
        pods.Distinct().Count().ShouldBe(1, string.Join(' ', pods));
    }

    private static async Task DeletedPodHealsAsync(Platform platform)
    {
        string before = await UidAsync(platform);
        (await platform.KubectlAsync("delete", "pod", "tale-0-server-0-0")).Succeeded();
        (await platform.KubectlAsync("wait", "pod/tale-0-server-0-0", "--for=create", "--timeout=240s")).Succeeded();
        (await platform.KubectlAsync("wait", "pod/tale-0-server-0-0", "--for=condition=Ready", "--timeout=240s")).Succeeded();
        await WaitForReplicasAsync(platform, 2);
        (await UidAsync(platform)).ShouldNotBe(before);
    }

    private static async Task<string> UidAsync(Platform platform) =>
        (await platform.KubectlAsync("get", "pod", "tale-0-server-0-0", "-o", "jsonpath={.metadata.uid}")).Succeeded();

    private static async Task<HttpResponseMessage> ChatAsync(Platform platform, string prompt, bool stream)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(platform.Gateway, "/v1/chat/completions"));
        request.Content = JsonContent.Create(new
        {
            model = "tale",
            stream,
            max_tokens = 8,
            messages = new[] { new { role = "user", content = prompt } },
        });
        HttpResponseMessage response = await platform.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new HttpRequestException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        return response;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
