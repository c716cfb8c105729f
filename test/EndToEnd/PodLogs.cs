using System.Diagnostics;
using System.Net.Http.Json;

namespace EndToEnd;

/// <summary><c>kubectl logs</c> on a running platform.</summary>
public sealed class PodLogs : IDisposable
{
    private const string Others = """
        { "apiVersion": "v1", "kind": "List", "items": [
          { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "plain" }, "spec": { "containers": [ { "name": "c", "image": "busybox" } ] } },
          { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "far" }, "spec": { "nodeName": "far-away", "containers": [ { "name": "c", "image": "busybox" } ] } },
          { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "engine" }, "spec": { "terminationGracePeriodSeconds": 0, "containers": [
            { "name": "server", "image": "vllm/vllm-openai:v0.11.0", "args": [ "--model", "tiny" ] }, { "name": "beside", "image": "busybox" } ] } } ] }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-e2e-");

    [KubectlFact]
    public async Task Kubectl_ReadsAndFollowsTheLogsOfTheSimulatedNode()
    {
        await using Platform platform = await Platform.StartAsync(Path.Combine(_folder.FullName, "data"), "--no-quickstart");
        (await platform.KubectlInputAsync(Others, "apply", "-f", "-")).Succeeded();
        (await platform.KubectlAsync("wait", "--for=condition=Ready", "pod/engine", "pod/plain", "--timeout=60s")).Succeeded();
        string address = (await platform.KubectlAsync("get", "pod", "engine", "-o", "jsonpath={.status.podIP}")).Succeeded();

        using HttpClient http = LoopbackHttp.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{address}:8000/v1/completions");
        request.Headers.Add("x-request-id", "story-1");
        request.Content = JsonContent.Create(new { model = "tiny", prompt = "Hello" });
        using HttpResponseMessage answer = await http.SendAsync(request);
        string id = (await answer.Content.ReadFromJsonAsync<System.Text.Json.Nodes.JsonObject>())!["id"]!.ToString();

        string log = (await platform.KubectlAsync("logs", "engine", "-c", "server")).Succeeded();
        log.ShouldContain("Model tiny");
        log.ShouldContain($"Listening on {address}:8000");
        log.ShouldContain($"Received request {id} (x-request-id story-1)");
        (await platform.KubectlAsync("logs", "engine", "-c", "server", "--tail=1")).Succeeded().ShouldStartWith($"Finished request {id}");
        (await platform.KubectlAsync("logs", "engine", "-c", "server", "--limit-bytes=9")).Succeeded().ShouldBe("Simulated");
        (await platform.KubectlAsync("logs", "engine", "-c", "server", "--since=1h", "--timestamps")).Succeeded().Split('\n')[0].ShouldMatch("^20..-..-..T..:..:.*Z Simulated vLLM");
        (await platform.KubectlAsync("logs", "plain")).Succeeded().ShouldBeEmpty();
        (await platform.KubectlAsync("logs", "engine", "--all-containers")).Succeeded().ShouldBe(log);

        (await platform.KubectlAsync("logs", "engine", "-c", "nobody")).Error.ShouldContain("container nobody is not valid for pod engine");
        (await platform.KubectlAsync("logs", "engine", "-c", "server", "--previous")).Error.ShouldContain("previous terminated container \"server\" in pod \"engine\" not found");
        (await platform.KubectlAsync("logs", "far")).Error.ShouldContain("runs on node \"far-away\", which is not part of this process");
        ToolProcess exec = await platform.KubectlAsync("exec", "plain", "--", "true");
        exec.ExitCode.ShouldNotBe(0);

        using Process follower = platform.StartKubectl("logs", "engine", "-c", "server", "-f");
        string? line;
        do
            line = await follower.StandardOutput.ReadLineAsync();
        while (line is not null && !line.StartsWith("Finished", StringComparison.Ordinal));
        line.ShouldNotBeNull();
        (await platform.KubectlAsync("delete", "pod", "engine")).Succeeded();
        (await follower.StandardOutput.ReadToEndAsync()).ShouldBe("Stopped\n");
        await follower.WaitForExitAsync();
        follower.ExitCode.ShouldBe(0);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
