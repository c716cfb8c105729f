using System.Text;

namespace Kthena.Embedded.Kubernetes.Security;

/// <summary>The file with which kubectl reaches this server.</summary>
internal static class Kubeconfig
{
    private const string Name = "kthena";

    public static string Write(Uri server, ServerIdentity identity) =>
        $"""
        apiVersion: v1
        kind: Config
        current-context: {Name}
        clusters:
        - name: {Name}
          cluster:
            server: {server.GetLeftPart(UriPartial.Authority)}
            certificate-authority-data: {Convert.ToBase64String(Encoding.UTF8.GetBytes(identity.AuthorityPem))}
        users:
        - name: {Name}
          user:
            token: {identity.Token}
        contexts:
        - name: {Name}
          context:
            cluster: {Name}
            user: {Name}
            namespace: default

        """;
}
