namespace Kthena.Cli.Up;

/// <summary>What a user reads when the platform is up.</summary>
internal static class Announcement
{
    /// <summary>Says where everything is, and what to try.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="platform">What is up.</param>
    /// <param name="hasQuickstart">Whether the quickstart's model is there; without it that is the first thing to try.</param>
    public static async Task WriteAsync(TextWriter output, LocalPlatform platform, bool hasQuickstart)
    {
        string gateway = platform.Gateway.ToString().TrimEnd('/');
        string kubectl = $"kubectl --kubeconfig {Quoted(Path.GetRelativePath(Directory.GetCurrentDirectory(), platform.KubeconfigPath))}";
        string apply = hasQuickstart ? "" : $"  {kubectl} apply -f examples/quickstart{Environment.NewLine}";
        await output.WriteLineAsync($$"""
            ready
            gateway     {{gateway}}
            api server  {{platform.ApiServer.ToString().TrimEnd('/')}}
            control     {{platform.Control.ToString().TrimEnd('/')}}
            kubeconfig  {{platform.KubeconfigPath}}

            Try:
            {{apply}}  curl -sN {{gateway}}/v1/chat/completions -H 'content-type: application/json' -d '{"model": "quickstart", "stream": true, "max_tokens": 16, "messages": [{"role": "user", "content": "Hello"}]}'
              {{kubectl}} get modelservings,pods
              {{kubectl}} scale modelserving/quickstart --replicas=3

            Ctrl-C stops it; the next start resumes.
            """);
        await output.FlushAsync();
    }

    private static string Quoted(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"'{path}'" : path;
}
