using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kthena.Silo.Connections;

/// <summary>What silos and their clients prove themselves to each other with. Read once, at start.</summary>
/// <param name="CertificatePath">The certificate, PEM. If it names extended key usages, both server and client must be among them.</param>
/// <param name="KeyPath">Its key, PEM.</param>
/// <param name="AuthorityPath">The authorities, PEM: whoever has a certificate of theirs belongs to the cluster, whatever its name.</param>
public sealed record SiloTlsFiles(string CertificatePath, string KeyPath, string AuthorityPath)
{
    /// <summary>Reads the certificate with its key.</summary>
    /// <exception cref="ArgumentException">A file cannot be read; the message names it.</exception>
    internal X509Certificate2 ReadCertificate()
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(CertificatePath, KeyPath);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ArgumentException($"The certificate {CertificatePath} with the key {KeyPath} cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>Reads the authorities.</summary>
    /// <exception cref="ArgumentException">The file cannot be read or holds none; the message names it.</exception>
    internal X509Certificate2Collection ReadAuthorities()
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(AuthorityPath);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ArgumentException($"The authorities {AuthorityPath} cannot be read: {fault.Message}", fault);
        }
        return authorities.Count > 0 ? authorities : throw new ArgumentException($"{AuthorityPath} holds no certificate of an authority.");
    }
}
