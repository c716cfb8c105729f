using System.Net;
using System.Net.Http.Json;

namespace EndToEnd;

/// <summary>
/// The platform as a cluster runs it, a process each: an API server, silos, a node, routers. Everything is on loopback and finds
/// each other through the API server.
/// </summary>
internal sealed class Processes((string Name, string? Value)? environment) : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-e2e-");
    private readonly List<RunningCommand> _all = [];
    private readonly HttpClient _http = LoopbackHttp.Client();

    /// <summary>Where the API server is.</summary>
    public string Kubeconfig { get; private set; } = "";

    /// <summary>Starts an API server and a node.</summary>
    /// <param name="environment">A variable that every process has; null for none.</param>
    public static async Task<Processes> StartAsync((string Name, string? Value)? environment = null)
    {
        var processes = new Processes(environment);
        try
        {
            processes.Kubeconfig = Path.Combine(processes._folder.FullName, "kubeconfig");
            await processes.RunAsync("api-server", "--data-dir", processes._folder.FullName, "--api-port", "0");
            await processes.RunAsync("node", "--kubeconfig", processes.Kubeconfig);
            return processes;
        }
        catch
        {
            await processes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command until it is ended, or these are.</summary>
    public async Task<RunningCommand> RunAsync(params string[] arguments)
    {
        RunningCommand command = await RunningCommand.StartAsync(environment, arguments);
        _all.Add(command);
        return command;
    }

    /// <summary>Runs a silo of the control plane.</summary>
    public Task<RunningCommand> SiloAsync(params string[] more) => RunAsync(["controller-manager", "--kubeconfig", Kubeconfig, .. more]);

    /// <summary>Runs a router in a process of its own.</summary>
    /// <returns>The process, and where it answers.</returns>
    public async Task<(RunningCommand Process, Uri Address)> RouterAsync(params string[] more)
    {
        int[] ports = [RunningCommand.FreePort(), RunningCommand.FreePort(), RunningCommand.FreePort()];
        RunningCommand router = await RunAsync(
            ["router", "--kubeconfig", Kubeconfig, "--port", $"{ports[0]}", "--metrics-port", $"{ports[1]}", "--debug-port", $"{ports[2]}", .. more]);
        return (router, new Uri($"http://127.0.0.1:{ports[0]}"));
    }

    /// <summary>Runs kubectl.</summary>
    public async Task<string> KubectlAsync(params string[] arguments) =>
        (await ToolProcess.RunAsync("kubectl", ["--kubeconfig", Kubeconfig, .. arguments])).Succeeded();

    /// <summary>Applies a model that is served under its name, and waits until its pods are ready.</summary>
    public async Task ServeAsync(string name, int replicas)
    {
        string manifest = Story.Manifest.Replace("tale", name, StringComparison.Ordinal)
            .Replace("replicas: 2", $"replicas: {replicas}", StringComparison.Ordinal);
        (await ToolProcess.RunAsync("kubectl", ["--kubeconfig", Kubeconfig, "apply", "-f", "-"], input: manifest)).Succeeded();
        await KubectlAsync("wait", $"modelserving/{name}", "--timeout=240s", $"--for=jsonpath={{.status.availableReplicas}}={replicas}");
    }

    /// <summary>Sends a prompt until it is answered: a router hears of new pods a moment after kubectl does.</summary>
    public async Task WarmUpAsync(Uri router, string model)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (await StatusAsync(router, model) != HttpStatusCode.OK)
            await Task.Delay(100, deadline.Token);
    }

    /// <summary>Sends a prompt, and tells which pod answered.</summary>
    public async Task<string> ChatAsync((RunningCommand Process, Uri Address) router, string model, string prompt)
    {
        using HttpResponseMessage answer = await PostAsync(router.Address, model, prompt);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        string id = answer.Headers.GetValues("x-request-id").Single();
        (_, string line) = await router.Process.LineAsync($"request_id={id}");
        return line.Split("selected_pod=")[1].Split(' ')[0];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunningCommand command in Enumerable.Reverse(_all))
            await command.DisposeAsync();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<HttpStatusCode> StatusAsync(Uri router, string model)
    {
        using HttpResponseMessage answer = await PostAsync(router, model, "Hello");
        return answer.StatusCode;
    }

    private Task<HttpResponseMessage> PostAsync(Uri router, string model, string prompt) => _http.PostAsJsonAsync(
        new Uri(router, "/v1/chat/completions"), new { model, max_tokens = 4, messages = new[] { new { role = "user", content = prompt } } });
}
