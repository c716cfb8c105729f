namespace Kthena.Embedded.Engines.Tests;

/// <summary>The agent against a real kube-apiserver, which <c>KTHENA_REAL_KUBECONFIG</c> names.</summary>
public sealed class RealApiServerTests
{
    [RealApiServerFact]
    public async Task Agent_OnARealApiServer_RunsAndStopsPods()
    {
        TimeSpan took = await AgentScenario.RunAsync(RealApiServerFactAttribute.Connect(), pods: 100, bindsPods: true);

        took.ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }
}
