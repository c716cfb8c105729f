using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;
using Orleans.Hosting;

namespace Kthena.Silo.Connections;

/// <summary>TLS on both sides of every connection between silos, and between silos and their clients.</summary>
public static class SiloTlsHostingExtensions
{
    /// <summary>Nobody looks at names: an authority of the cluster's own is what is trusted.</summary>
    private const string ServerName = "kthena-silo";

    /// <summary>Has a silo prove itself, and ask the same of whoever connects.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="files">With what.</param>
    /// <exception cref="ArgumentException">A file cannot be used; the message names it.</exception>
    public static ISiloBuilder UseMutualTls(this ISiloBuilder builder, SiloTlsFiles files)
    {
        Action<TlsOptions> configure = Configure(files);
        return builder.UseTls(configure);
    }

    /// <summary>Has a client of silos prove itself, and ask the same of them.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="files">With what.</param>
    /// <exception cref="ArgumentException">A file cannot be used; the message names it.</exception>
    public static IClientBuilder UseMutualTls(this IClientBuilder builder, SiloTlsFiles files)
    {
        Action<TlsOptions> configure = Configure(files);
        return builder.UseTls(configure);
    }

    private static Action<TlsOptions> Configure(SiloTlsFiles files)
    {
        // Read here, so that what is wrong stops the start.
        X509Certificate2 own = files.ReadCertificate();
        X509Certificate2Collection authorities = files.ReadAuthorities();
        return tls =>
        {
            tls.LocalCertificate = own;
            tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.RemoteCertificateValidation = (other, _, _) => IsOfTheCluster(other, authorities);
            tls.OnAuthenticateAsClient = static (_, client) => client.TargetHost = ServerName;
        };
    }

    private static bool IsOfTheCluster(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
