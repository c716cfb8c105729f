namespace Kthena.Embedded.Kubernetes.Core.Discovery;

/// <summary>The Kubernetes version whose API this server follows.</summary>
internal static class ServerVersion
{
    public static readonly ReadOnlyMemory<byte> Json = """
        {"major":"1","minor":"32","gitVersion":"v1.32.0+kthena","gitCommit":"","gitTreeState":"clean","buildDate":"1970-01-01T00:00:00Z","goVersion":"","compiler":"dotnet","platform":"any"}
        """u8.ToArray();
}
