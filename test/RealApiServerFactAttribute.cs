using Kthena.Kubernetes;

namespace Kthena.Tests;

/// <summary>A test against a real API server, which <c>KTHENA_REAL_KUBECONFIG</c> names; skipped where it names none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RealApiServerFactAttribute : FactAttribute
{
    private const string Variable = "KTHENA_REAL_KUBECONFIG";

    public RealApiServerFactAttribute()
    {
        if (!IsNamed)
            Skip = $"{Variable} names no kubeconfig of a real API server.";
    }

    public static bool IsNamed => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable));

    public static KubernetesConnection Connect() =>
        new ConnectionSources { KubeconfigPath = Environment.GetEnvironmentVariable(Variable) }.Resolve();
}
