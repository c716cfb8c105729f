using System.CommandLine;

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

    /// <summary>Gives them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_namespace);
        command.Options.Add(_clusterId);
    }

    /// <summary>What the user gave.</summary>
    public ClusterSettings Read(ParseResult parsed) => new()
    {
        Namespace = parsed.GetValue(_namespace),
        ClusterId = parsed.GetValue(_clusterId)!,
    };
}
