using Microsoft.Extensions.Logging;
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
    /// <param name="files">With what; read again when it changes.</param>
    /// <param name="loggers">Where that is told.</param>
    /// <exception cref="ArgumentException">A file cannot be used; the message names it.</exception>
    public static ISiloBuilder UseMutualTls(this ISiloBuilder builder, SiloTlsFiles files, ILoggerFactory loggers)
    {
        Action<TlsOptions> configure = Configure(files, loggers);
        return builder.UseTls(configure);
    }

    /// <summary>Has a client of silos prove itself, and ask the same of them.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="files">With what; read again when it changes.</param>
    /// <param name="loggers">Where that is told.</param>
    /// <exception cref="ArgumentException">A file cannot be used; the message names it.</exception>
    public static IClientBuilder UseMutualTls(this IClientBuilder builder, SiloTlsFiles files, ILoggerFactory loggers)
    {
        Action<TlsOptions> configure = Configure(files, loggers);
        return builder.UseTls(configure);
    }

    private static Action<TlsOptions> Configure(SiloTlsFiles files, ILoggerFactory loggers)
    {
        // Read here, so that what is wrong stops the start.
        var certificates = new SiloTlsCertificates(files, TimeProvider.System, loggers.CreateLogger<SiloTlsCertificates>());
        return tls =>
        {
            tls.LocalCertificate = certificates.Own;
            tls.LocalServerCertificateSelector = (_, _) => certificates.Own;
            tls.LocalClientCertificateSelector = (_, _, _, _, _) => certificates.Own;
            tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.RemoteCertificateValidation = (other, _, _) => certificates.IsOfTheCluster(other);
            tls.OnAuthenticateAsClient = static (_, client) => client.TargetHost = ServerName;
        };
    }
}
