using Kthena.Embedded.Kubernetes;
using Kthena.Kubernetes;

namespace Kthena.Embedded.Engines.Tests;

/// <summary>The agent against the embedded API server, which binds pods itself.</summary>
public sealed class EmbeddedApiServerTests
{
    [Fact]
    public async Task Agent_OnTheEmbeddedApiServer_RunsAndStopsPods()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kthena-agent-");
        string kubeconfig = Path.Combine(folder.FullName, "kubeconfig");
        await using (await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions(folder.FullName) { KubeconfigPath = kubeconfig }))
            await AgentScenario.RunAsync(Kubeconfig.Load([kubeconfig]).Connection(), pods: 50, bindsPods: false);
        folder.Delete(recursive: true);
    }
}
