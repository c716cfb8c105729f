using System.Net;
using System.Net.Http.Json;

namespace EndToEnd;

/// <summary>A Deployment of upstream's controller manager keeps its arguments.</summary>
public sealed class UpstreamArguments
{
    [KubectlFact]
    public async Task Chart_ItsArguments_StartTheControlPlaneWithItsWebhooks()
    {
        await using Processes processes = await Processes.StartAsync();
        int webhooks = RunningCommand.FreePort();
        int debug = RunningCommand.FreePort();

        RunningCommand silo = await processes.SiloAsync(
            "--v=2", "--enable-webhook=true", "--cert-secret-name=certs-of-the-chart", "--service-name=kthena-controller-manager-webhook", "--controllers=*,-autoscaler",
            "--kube-api-qps=50", "--kube-api-burst=100", $"--debug-port={debug}", "--autoscaling-sync-period-seconds=15", $"--port={webhooks}",
            "--leader-elect", "--workers=5", "--logtostderr=true");

        (await silo.LineAsync("^webhooks ")).Text.ShouldEndWith($"https://127.0.0.1:{webhooks}");
        await processes.KubectlAsync("get", "secret", "certs-of-the-chart");
        (await silo.LineAsync("^control ")).Text.ShouldEndWith($"http://127.0.0.1:{debug}");
        using HttpClient http = LoopbackHttp.Client();
        (await http.GetStringAsync(new Uri($"http://127.0.0.1:{debug}/debug/modelserving/cache"))).ShouldBe("{}");
        foreach (string idle in new[] { "--leader-elect", "--workers", "--autoscaling-sync-period-seconds", "--logtostderr" })
            silo.Lines($"{idle} has no effect: ").Length.ShouldBe(1, idle);
    }

    [KubectlFact]
    public async Task Controllers_WithoutModelServing_LookAfterGatewaysAlone()
    {
        await using Processes processes = await Processes.StartAsync();
        (await ToolProcess.RunAsync("kubectl", ["--kubeconfig", processes.Kubeconfig, "apply", "-f", "-"], input: Story.Manifest)).Succeeded();

        RunningCommand routing = await processes.SiloAsync("--controllers=*,-modelserving", "--router-port", "0", "--control-port", "0");
        var gateway = new Uri((await routing.LineAsync("^gateway ")).Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
        var control = new Uri((await routing.LineAsync("^control ")).Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);

        // The route is known, as the ModelServing by now is: there is just nobody behind it.
        await UntilAsync(gateway, HttpStatusCode.ServiceUnavailable);
        (await ToolProcess.RunAsync("dotnet", [Build.CommandPath, "explain", "modelserving", "tale", "--server", control.ToString()])).Error
            .ShouldBe("kthena: There is no ModelServing tale in namespace default.\n");
        (await processes.KubectlAsync("get", "pods,controllerrevisions", "--ignore-not-found")).ShouldBe("");
        (await processes.KubectlAsync("get", "modelserving", "tale", "-o", "jsonpath={.status}")).ShouldBe("");
        (await routing.StopAsync()).ShouldBe(0);

        await processes.SiloAsync("--controllers", "modelserving");
        await processes.KubectlAsync("wait", "modelserving/tale", "--timeout=240s", "--for=jsonpath={.status.availableReplicas}=2");
    }

    [Theory]
    [InlineData("--controllers=modelservings", "--controllers does not know 'modelservings': name modelserving, modelbooster or autoscaler, with - before one to leave it out, or * for all others.")]
    [InlineData("--workers=0", "--workers must be 1 or more, not 0.")]
    [InlineData("--autoscaling-sync-period-seconds=-1", "--autoscaling-sync-period-seconds must be 0 or more, not -1.")]
    [InlineData("--master=10.0.0.1", "--master must be a URL such as https://10.0.0.1:6443, not '10.0.0.1'.")]
    public async Task Value_WithoutAMeaning_IsRefusedWithTheRemedy(string argument, string told)
    {
        ToolProcess run = await ToolProcess.RunAsync("dotnet", [Build.CommandPath, "controller-manager", "--kubeconfig", "no-such-file", argument]);
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldBe($"kthena: {told}\n");
    }

    [Theory]
    [InlineData("--enable-webhook=false", "--port=8443", "--cert-secret-name=certs")]
    [InlineData("--kube-api-qps=0", "--kubeconfig", "", "--master=https://127.0.0.1:1")]
    public async Task Arguments_ThatAreTaken_LeadToTheApiServer(params string[] arguments)
    {
        ToolProcess run = await ToolProcess.RunAsync(
            "dotnet", [Build.CommandPath, "controller-manager", .. arguments.Any(static argument => argument.StartsWith("--master", StringComparison.Ordinal)) ? [] : (string[])["--master=https://127.0.0.1:1"], .. arguments]);
        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("The API server https://127.0.0.1:1/ cannot be used: ");
    }

    private static async Task UntilAsync(Uri gateway, HttpStatusCode status)
    {
        using HttpClient http = LoopbackHttp.Client();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (true)
        {
            using HttpResponseMessage answer = await http.PostAsJsonAsync(
                new Uri(gateway, "/v1/chat/completions"), new { model = "tale", messages = new[] { new { role = "user", content = "Hello" } } }, deadline.Token);
            if (answer.StatusCode == status)
                return;
            await Task.Delay(100, deadline.Token);
        }
    }
}
