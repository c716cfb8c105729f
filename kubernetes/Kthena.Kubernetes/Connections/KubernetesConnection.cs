using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace Kthena.Kubernetes;

/// <summary>Where an API server is, how it proves itself and how we do.</summary>
/// <param name="Server">The server's root, such as <c>https://127.0.0.1:6443</c>; a path is kept as a prefix.</param>
public sealed record KubernetesConnection(Uri Server)
{
    /// <summary>The authorities that the server's certificate may come from; empty takes the system's.</summary>
    public ImmutableArray<X509Certificate2> CertificateAuthorities { get; init; } = [];

    /// <summary>Whether any server certificate is accepted.</summary>
    public bool SkipsTlsVerification { get; init; }

    /// <summary>The name that the server's certificate must bear; null takes the server's host.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>A bearer token; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>A file with a bearer token, read again as it changes; wins over <see cref="Token"/>.</summary>
    public string? TokenFile { get; init; }

    /// <summary>A user name for basic authentication; null for none.</summary>
    public string? UserName { get; init; }

    /// <summary>The password that belongs to <see cref="UserName"/>.</summary>
    public string? Password { get; init; }

    /// <summary>A certificate with its private key that proves who we are; null for none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>A proxy on the way to the server; null takes the system's settings.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>The namespace that a user means who names none.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>The server; credentials stay out of logs.</summary>
    public override string ToString() => Server.ToString();
}
