using System.CommandLine;
using Kthena.Cli.Hosting;

namespace Kthena.Cli.Clustering;

/// <summary>The flags of <see cref="ClusterSettings"/>, for every command that is a silo or a client of silos.</summary>
internal sealed class ClusterFlags
{
    private readonly Option<string?> _namespace = new("--namespace")
    {
        Description = "Where the silos find each other; without it POD_NAMESPACE, then the kubeconfig's namespace.",
        HelpName = "NS",
    };

    private readonly Option<string> _clusterId = new("--cluster-id")
    {
        Description = "Silos of one cluster share the work.",
        HelpName = "ID",
        DefaultValueFactory = static _ => ClusterSettings.DefaultClusterId,
    };

    private readonly Option<string> _membership = new("--membership")
    {
        Description = $"Where the silos find each other: on the API server, or in the database of {ClusterSettings.ConnectionVariable}.",
        HelpName = $"{ClusterSettings.ApiServer}|{ClusterSettings.Postgresql}",
        DefaultValueFactory = static _ => ClusterSettings.ApiServer,
    };

    private readonly Option<string?> _certificate = new("--silo-tls-cert")
    {
        Description = "Speak TLS with silos and clients, with this certificate (PEM).",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new("--silo-tls-key")
    {
        Description = "The certificate's key (PEM).",
        HelpName = "FILE",
    };

    private readonly Option<string?> _authority = new("--silo-tls-ca")
    {
        Description = "Whose certificates belong to the cluster (PEM).",
        HelpName = "FILE",
    };

    /// <summary>Gives them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _namespace, _clusterId, _membership, _certificate, _key, _authority })
            command.Options.Add(option);
    }

    /// <summary>What the user gave.</summary>
    public ClusterSettings Read(ParseResult parsed) => new()
    {
        Namespace = parsed.GetValue(_namespace),
        ClusterId = parsed.GetValue(_clusterId)!,
        Membership = parsed.GetValue(_membership)!,
        TlsCertificatePath = parsed.GetValue(_certificate),
        TlsKeyPath = parsed.GetValue(_key),
        TlsAuthorityPath = parsed.GetValue(_authority),
        PostgresConnection = ProcessEnvironment.Variable(ClusterSettings.ConnectionVariable),
    };
}
