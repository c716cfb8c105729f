using Kthena.Kubernetes;

namespace Kthena.Embedded.Engines.Tests;

/// <summary>The agent against a real kube-apiserver, which <c>KTHENA_REAL_KUBECONFIG</c> names.</summary>
public sealed class RealApiServerTests
{
    [RealApiServerFact]
    public async Task Agent_OnARealApiServer_RunsAndStopsPods()
    {
        var connection = new ConnectionSources { KubeconfigPath = RealApiServerFactAttribute.Kubeconfig }.Resolve();

        TimeSpan took = await AgentScenario.RunAsync(connection, pods: 100, bindsPods: true);

        took.ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }
}

/// <summary>A test that is skipped where no real API server is named.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RealApiServerFactAttribute : FactAttribute
{
    private const string Variable = "KTHENA_REAL_KUBECONFIG";

    public RealApiServerFactAttribute()
    {
        if (string.IsNullOrEmpty(Kubeconfig))
            Skip = $"{Variable} names no kubeconfig of a real API server.";
    }

    public static string? Kubeconfig => Environment.GetEnvironmentVariable(Variable);
}
