using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EndToEnd;

/// <summary>The commands that docs/control-plane.md shows, against a running platform, and what they say when they cannot work.</summary>
public sealed partial class ControlPlaneCommands : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-e2e-");

    private string Data => Path.Combine(_folder.FullName, ".kthena");

    private string Kubeconfig => Path.Combine(Data, "kubeconfig");

    [KubectlFact]
    public async Task Rollout_ExplainedAndRolledBack_IsAsTheDocumentSays()
    {
        await using Platform platform = await Platform.StartAsync(Data);
        (await platform.KubectlAsync("annotate", "modelserving/quickstart", "modelserving.volcano.sh/drain-seconds=0")).Succeeded();
        (await ExplainAsync()).Succeeded().ShouldContain("is new, and is stored before any pod of it is made");
        (await platform.KubectlAsync("patch", "modelserving/quickstart", "--type=json", "-p",
            """[{"op": "replace", "path": "/spec/template/roles/0/entryTemplate/spec/containers/0/image", "value": "vllm/vllm-openai:v9"}]""")).Succeeded();
        await RunningAsync(platform, generation: 2);

        string history = (await RunAsync("rollout", "history", "ms", "quickstart", "--kubeconfig", Kubeconfig)).Succeeded();
        history.ShouldMatch(@"REVISION\s+HASH\s+CURRENT\s+AGE\s+IMAGES");
        history.ShouldMatch(@"(?m)^2\s+\w+\s+\*\s+[\dms]+\s+.*vllm-openai:v9$");
        JsonArray revisions = JsonNode.Parse((await RunAsync("rollout", "history", "modelserving", "quickstart", "--kubeconfig", Kubeconfig, "-o", "json")).Succeeded())!.AsArray();
        revisions.Select(static revision => (int)revision!["revision"]!).ShouldBe([1, 2]);

        ToolProcess unknown = await RunAsync("rollback", "modelserving", "quickstart", "--kubeconfig", Kubeconfig, "--to-revision", "7");
        unknown.ExitCode.ShouldBe(1);
        unknown.Error.Trim().ShouldBe("kthena: ModelServing quickstart has no revision 7: there are 1, 2.");
        await EveryShownCommandSucceedsAsync();

        await RunningAsync(platform, generation: 3);
        (await platform.KubectlAsync("get", "pods", "-o", "jsonpath={.items[*].spec.containers[0].image}")).Succeeded().ShouldNotContain("v9");
        string from = (await platform.KubectlAsync("get", "modelserving/quickstart", "-o",
            @"jsonpath={.metadata.annotations.modelserving\.volcano\.sh/rollback-from}")).Succeeded();
        from.ShouldBe((string?)revisions[1]!["hash"]);
        JsonNode plans = JsonNode.Parse((await ExplainAsync("--group", "0", "-o", "json")).Succeeded())!;
        string[] of = [.. plans["plans"]!.AsArray().Select(static plan => ((string)plan!["of"]!).Split(' ')[0]).Distinct()];
        of.Order().ShouldBe(["ModelServing", "Role", "ServingGroup"]);
        plans.ToJsonString().ShouldContain("RollingUpdate of group");
        await EndpointsAnswerAsync(platform);
    }

    [Fact]
    public async Task Explain_WithoutAPlatform_SaysWhatToDo()
    {
        ToolProcess explain = await ExplainAsync();
        explain.ExitCode.ShouldBe(1);
        explain.Error.ShouldContain(Data);
        explain.Error.ShouldContain("kthena up");
    }

    [Fact]
    public async Task Rollback_OfWhatIsNotThere_IsOneLine()
    {
        await using Platform platform = await Platform.StartAsync(Data, "--no-quickstart");
        foreach (string[] command in (string[][])[["rollback", "modelserving"], ["rollout", "history", "modelserving"]])
        {
            ToolProcess run = await RunAsync([.. command, "nobody", "--kubeconfig", Kubeconfig]);
            run.ExitCode.ShouldBe(1);
            run.Error.Trim().ShouldBe("kthena: There is no ModelServing nobody in namespace default.");
        }
        ToolProcess explain = await RunAsync("explain", "modelserving", "nobody", "--data-dir", Data);
        explain.Error.Trim().ShouldBe("kthena: There is no ModelServing nobody in namespace default.");
    }

    private static async Task RunningAsync(Platform platform, int generation)
    {
        foreach (string condition in (string[])[$"{{.status.observedGeneration}}={generation}", "{.status.updatedReplicas}=2", "{.status.availableReplicas}=2"])
            (await platform.KubectlAsync("wait", "modelserving/quickstart", "--timeout=240s", $"--for=jsonpath={condition}")).Succeeded();
        (await platform.KubectlAsync("wait", "modelserving/quickstart", "--timeout=240s", "--for=condition=Available")).Succeeded();
    }

    private async Task EveryShownCommandSucceedsAsync()
    {
        string document = await File.ReadAllTextAsync(Path.Combine(Build.RepositoryRoot, "docs", "control-plane.md"));
        string[] lines = [.. ShellBlock().Matches(document).SelectMany(static match => match.Groups[1].Value.Trim().Split('\n'))];
        lines.Length.ShouldBe(4);
        foreach (string line in lines)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            words[0].ShouldBe("kthena");
            (await RunAsync(words[1..])).Succeeded().ShouldNotBeEmpty(line);
        }
    }

    private static async Task EndpointsAnswerAsync(Platform platform)
    {
        JsonNode endpoints = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(platform.DataFolder, "endpoints.json")))!;
        var control = new Uri((string)endpoints["control"]!);
        JsonNode cache = JsonNode.Parse(await platform.Http.GetStringAsync(new Uri(control, "/debug/modelserving/cache")))!;
        JsonNode group = cache["default/quickstart"]!["quickstart-0"]!;
        ((string?)group["status"]).ShouldBe("Running");
        group["runningPods"]!.AsArray().Select(static pod => (string?)pod).ShouldBe(["quickstart-0-server-0-0"]);
        string metrics = await platform.Http.GetStringAsync(new Uri(control, "/metrics"));
        metrics.ShouldContain("rest_client_requests_total{code=\"201\",method=\"POST\"} ");
        metrics.ShouldContain("kthena_client_writes_in_flight ");
        using var post = new HttpRequestMessage(HttpMethod.Post, new Uri(control, "/metrics"));
        (await platform.Http.SendAsync(post)).StatusCode.ShouldBe(System.Net.HttpStatusCode.MethodNotAllowed);
    }

    private Task<ToolProcess> ExplainAsync(params string[] more) => RunAsync(["explain", "modelserving", "quickstart", "--data-dir", Data, .. more]);

    private Task<ToolProcess> RunAsync(params string[] arguments) => ToolProcess.RunAsync("dotnet", [Build.CommandPath, .. arguments], _folder.FullName);

    [GeneratedRegex(@"```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    public void Dispose() => _folder.Delete(recursive: true);
}
