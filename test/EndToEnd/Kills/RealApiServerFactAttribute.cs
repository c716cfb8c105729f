namespace EndToEnd.Kills;

/// <summary>A test against a real API server, which <c>KTHENA_REAL_KUBECONFIG</c> names; skipped where it names none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealApiServerFactAttribute : FactAttribute
{
    private const string Variable = "KTHENA_REAL_KUBECONFIG";

    public RealApiServerFactAttribute()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
            Skip = $"{Variable} names no kubeconfig of a real API server.";
    }

    public static string Kubeconfig => Environment.GetEnvironmentVariable(Variable)!;
}
