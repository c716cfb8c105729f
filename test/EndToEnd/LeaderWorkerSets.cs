using System.Text.RegularExpressions;

namespace EndToEnd;

/// <summary>The LeaderWorkerSet that docs/leader-worker-sets.md shows, on a running platform with its simulated node.</summary>
public sealed class LeaderWorkerSets : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-e2e-");

    [KubectlFact]
    public async Task LeaderWorkerSet_AppliedScaledAndDeleted_RunsItsPodsAndTakesThemWithIt()
    {
        await using Platform platform = await Platform.StartAsync(Path.Combine(_folder.FullName, "data"), "--no-quickstart");
        (await platform.KubectlInputAsync(await ManifestAsync(), "apply", "-f", "-")).Succeeded();
        (await platform.KubectlAsync("wait", "--for=condition=Available", "lws/story", "--timeout=240s")).Succeeded();
        (await platform.KubectlAsync("get", "pods", "-o", "name")).Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(
        [
            "pod/story-0-default-0-0", "pod/story-0-default-0-1", "pod/story-0-default-0-2",
            "pod/story-1-default-0-0", "pod/story-1-default-0-1", "pod/story-1-default-0-2",
        ]);

        // The second worker of the second group knows where it is, in the words of its kind.
        (await platform.KubectlAsync(
            "get", "pods", "-l", "leaderworkerset.sigs.k8s.io/name=story,leaderworkerset.sigs.k8s.io/group-index=1,leaderworkerset.sigs.k8s.io/worker-index=2",
            "-o", "jsonpath={.items[*].metadata.annotations.leaderworkerset\\.sigs\\.k8s\\.io/leader-name} {.items[*].spec.hostname} {.items[*].spec.containers[0].env[0:3].value}"))
            .Succeeded().ShouldBe("story-1-default-0-0 story-1-2 story-1.story.default 3 2");
        (await platform.KubectlAsync("get", "service", "story", "-o", "jsonpath={.spec.clusterIP} {.spec.selector}")).Succeeded()
            .ShouldBe("None {\"leaderworkerset.sigs.k8s.io/name\":\"story\"}");
        string explained = (await ToolProcess.RunAsync(
            "dotnet", [Build.CommandPath, "explain", "lws", "story", "--group", "0", "--data-dir", Path.Combine(_folder.FullName, "data")])).Succeeded();
        explained.ShouldContain("create ModelServing story");
        explained.ShouldContain("Role default/default-0");

        (await platform.KubectlAsync("scale", "lws/story", "--replicas=1")).Succeeded();
        (await platform.KubectlAsync("wait", "--for=jsonpath={.status.replicas}=1", "lws/story", "--timeout=240s")).Succeeded();
        (await platform.KubectlAsync("delete", "lws/story")).Succeeded();
        (await platform.KubectlAsync("wait", "--for=delete", "pod/story-0-default-0-0", "--timeout=240s")).Succeeded();
        (await platform.KubectlAsync("wait", "--for=delete", "service/story", "--timeout=240s")).Succeeded();
        (await platform.KubectlAsync("wait", "--for=delete", "modelserving/story", "--timeout=240s")).Succeeded();
        (await platform.KubectlAsync("get", "modelservings", "-o", "name")).Succeeded().ShouldBeEmpty();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task<string> ManifestAsync() => Regex.Match(
        await File.ReadAllTextAsync(Path.Combine(Build.RepositoryRoot, "docs", "leader-worker-sets.md")), "```yaml\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
}
