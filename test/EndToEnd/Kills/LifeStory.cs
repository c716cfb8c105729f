using System.Diagnostics;
using System.Text.Json.Nodes;

namespace EndToEnd.Kills;

/// <summary>A ModelServing's life: created, scaled, updated, rolled back, healed, scaled down and deleted, in a namespace of its own.</summary>
/// <param name="victim">The platform.</param>
/// <param name="ns">The namespace.</param>
/// <param name="steps">The steps, in order: what the user does, how many groups there are in the end, and of which image.</param>
internal sealed class LifeStory(Victim victim, string ns, (string Title, int Groups, string Image)[] steps)
{
    private const string Name = "life";
    private const string Old = "registry.example/engine:1";
    private const string New = "registry.example/engine:2";
    private const int PodsOfGroup = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CalmMin = TimeSpan.FromSeconds(1);

    /// <summary>A whole life.</summary>
    public static readonly (string Title, int Groups, string Image)[] Whole =
    [
        ("create", 2, Old), ("scale up", 3, Old), ("update", 3, New), ("roll back", 3, Old), ("heal", 3, Old), ("scale down", 1, Old), ("delete", 0, Old),
    ];

    /// <summary>A short one, for those who wait.</summary>
    public static readonly (string Title, int Groups, string Image)[] Short = [("create", 2, Old), ("update", 2, New), ("heal", 2, New), ("delete", 0, New)];

    private string _healed = "";

    private string Path => ApiServer.Servings(ns, Name);

    /// <summary>Makes the namespace.</summary>
    public Task PrepareAsync() => victim.Api.SendAsync("POST", "/api/v1/namespaces", new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Namespace",
        ["metadata"] = new JsonObject { ["name"] = ns },
    });

    /// <summary>
    /// Does one step undisturbed; returns the state that it ends in, and how long it took to come there. It has ended when nothing
    /// changed for as long again as it took: on a busy machine the pauses within a step are longer too.
    /// </summary>
    public async Task<(string State, TimeSpan Duration)> PlayAsync(int step)
    {
        long start = Stopwatch.GetTimestamp();
        await ActAsync(step);
        string? last = null;
        long since = Stopwatch.GetTimestamp();
        TimeSpan duration = TimeSpan.Zero;
        while (Stopwatch.GetElapsedTime(since) is var calm && (calm < CalmMin || calm < duration))
        {
            string? state = await IsThereAsync(step) ? await ClusterState.ReadAsync(victim.Api, ns) : null;
            if (state is null || state != last)
            {
                (last, since, duration) = (state, Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(start));
                if (duration > Patience)
                    throw new TimeoutException($"Step '{steps[step].Title}' did not end.\n{await ClusterState.ReadAsync(victim.Api, ns)}");
            }
            await Task.Delay(Look);
        }
        return (last!, duration);
    }

    /// <summary>Does one step with disturbances, and waits for the state in which it ended undisturbed.</summary>
    public async Task PlayAsync(int step, Func<Task> disturb, string expected)
    {
        await ActAsync(step);
        await disturb();
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            bool isThere = await IsThereAsync(step);
            string state = await ClusterState.ReadAsync(victim.Api, ns);
            if (isThere && state == expected)
                return;
            if (Stopwatch.GetElapsedTime(start) > Patience)
                state.ShouldBe(expected, $"step '{steps[step].Title}' ends elsewhere than undisturbed");
            await Task.Delay(Look);
        }
    }

    private async Task ActAsync(int step)
    {
        switch (steps[step].Title)
        {
            case "create":
                await victim.Api.SendAsync("POST", ApiServer.Servings(ns), Manifest(steps[step].Groups));
                break;
            case "update":
                JsonNode roles = (await victim.Api.SendAsync("GET", Path))["spec"]!["template"]!["roles"]!.DeepClone();
                foreach (string template in (string[])["entryTemplate", "workerTemplate"])
                    roles[1]![template]!["spec"]!["containers"]![0]!["image"] = New;
                await victim.Api.PatchAsync(Path, new JsonObject { ["spec"] = new JsonObject { ["template"] = new JsonObject { ["roles"] = roles } } });
                break;
            case "roll back":
                (await ToolProcess.RunAsync("dotnet", [Build.CommandPath, "rollback", "ms", Name, "-n", ns, "--kubeconfig", victim.Kubeconfig])).Succeeded();
                break;
            case "heal":
                string pod = $"/api/v1/namespaces/{ns}/pods/{Name}-1-decode-0-1";
                _healed = (string)(await victim.Api.SendAsync("GET", pod))["metadata"]!["uid"]!;
                await victim.Api.SendAsync("DELETE", pod);
                break;
            case "delete":
                await victim.Api.SendAsync("DELETE", Path);
                break;
            default:
                await victim.Api.PatchAsync(Path, new JsonObject { ["spec"] = new JsonObject { ["replicas"] = steps[step].Groups } });
                break;
        }
    }

    /// <summary>Whether the step has come to what the user asked for.</summary>
    private async Task<bool> IsThereAsync(int step)
    {
        (_, int groups, string image) = steps[step];
        JsonObject[] pods = await victim.Api.ListAsync($"/api/v1/namespaces/{ns}/pods");
        if (pods.Length != groups * PodsOfGroup || !pods.All(ClusterState.IsReady) || pods.Any(pod => (string?)pod["metadata"]!["uid"] == _healed)
            || pods.Any(pod => (string?)pod["metadata"]!["labels"]!["modelserving.volcano.sh/role"] == "decode" && (string?)pod["spec"]!["containers"]![0]!["image"] != image))
        {
            return false;
        }
        if (groups == 0)
            return (await ClusterState.ReadAsync(victim.Api, ns)).Length == 0;
        JsonNode serving = await victim.Api.SendAsync("GET", Path);
        JsonNode? status = serving["status"];
        return (long?)status?["observedGeneration"] == (long?)serving["metadata"]!["generation"]
            && ((string[])["replicas", "availableReplicas", "updatedReplicas"]).All(field => (int?)status?[field] == groups)
            && serving["metadata"]!["annotations"]?["modelserving.volcano.sh/operations"] is null;
    }

    private static JsonObject Manifest(int groups)
    {
        JsonObject Template() => new() { ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "engine", ["image"] = Old }) } };
        return new JsonObject
        {
            ["apiVersion"] = "workload.serving.volcano.sh/v1alpha1",
            ["kind"] = "ModelServing",
            ["metadata"] = new JsonObject { ["name"] = Name, ["annotations"] = new JsonObject { ["modelserving.volcano.sh/drain-seconds"] = "0" } },
            ["spec"] = new JsonObject
            {
                ["replicas"] = groups,
                ["schedulerName"] = "default-scheduler",
                ["template"] = new JsonObject
                {
                    ["roles"] = new JsonArray(
                        new JsonObject { ["name"] = "prefill", ["replicas"] = 1, ["workerReplicas"] = 0, ["entryTemplate"] = Template() },
                        new JsonObject { ["name"] = "decode", ["replicas"] = 1, ["workerReplicas"] = 1, ["entryTemplate"] = Template(), ["workerTemplate"] = Template() }),
                },
            },
        };
    }
}
