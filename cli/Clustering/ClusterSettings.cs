using Kthena.Cli.Hosting;
using Kthena.Kubernetes;

namespace Kthena.Cli.Clustering;

/// <summary>Which silos belong together, and how they and their clients find and trust each other.</summary>
internal sealed record ClusterSettings
{
    public const string DefaultClusterId = "kthena";
    public const string ApiServer = "api-server";
    public const string Postgresql = "postgresql";
    public const string ConnectionVariable = "KTHENA_POSTGRESQL";

    /// <summary>Where the membership is kept; null takes <c>POD_NAMESPACE</c>, then the connection's.</summary>
    public string? Namespace { get; init; }

    /// <summary>Where what a control plane needs of its own lives: its silos' records, its certificate.</summary>
    /// <param name="connection">The API server.</param>
    public string NamespaceAt(KubernetesConnection connection) => Namespace ?? ProcessEnvironment.Variable("POD_NAMESPACE") ?? connection.Namespace;

    /// <summary>Which silos belong together.</summary>
    public string ClusterId { get; init; } = DefaultClusterId;

    /// <summary>Where the membership is kept: <see cref="ApiServer"/> or <see cref="Postgresql"/>.</summary>
    public string Membership { get; init; } = ApiServer;

    /// <summary>The certificate of this process for silos and clients; null speaks without TLS.</summary>
    public string? TlsCertificatePath { get; init; }

    /// <summary>The certificate's key.</summary>
    public string? TlsKeyPath { get; init; }

    /// <summary>The authorities of the cluster's certificates.</summary>
    public string? TlsAuthorityPath { get; init; }

    /// <summary>The database, from the environment: a password does not belong on a command line.</summary>
    public string? PostgresConnection { get; init; }

    /// <summary>Every fault of these settings, one sentence each; none when they can be used.</summary>
    public IEnumerable<string> Faults()
    {
        if (ClusterId.Length is 0 or > 40 || !ClusterId.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-')
            || ClusterId[0] == '-' || ClusterId[^1] == '-')
        {
            yield return $"--cluster-id must be 1 to 40 lower-case letters, digits and inner hyphens, not '{ClusterId}'.";
        }
        foreach (string fault in OrleansOnly.Faults(("--membership postgresql", Membership == Postgresql), ("--silo-tls-cert", TlsCertificatePath is not null)))
            yield return fault;
        if (Membership is not (ApiServer or Postgresql))
            yield return $"--membership must be {ApiServer} or {Postgresql}, not '{Membership}'.";
        if (Membership == Postgresql && PostgresConnection is null)
            yield return $"--membership {Postgresql} needs a connection string in the environment variable {ConnectionVariable}.";
        string?[] tls = [TlsCertificatePath, TlsKeyPath, TlsAuthorityPath];
        if (tls.Any(static file => file is null) && tls.Any(static file => file is not null))
            yield return "--silo-tls-cert, --silo-tls-key and --silo-tls-ca are given all or none.";
        foreach (string file in tls.OfType<string>().Where(static file => !File.Exists(file)))
            yield return $"{file} does not exist: --silo-tls-cert, --silo-tls-key and --silo-tls-ca name PEM files.";
    }
}
