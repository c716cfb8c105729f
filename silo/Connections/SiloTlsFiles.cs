using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kthena.Silo.Connections;

/// <summary>What silos and their clients prove themselves to each other with.</summary>
/// <param name="CertificatePath">The certificate, PEM. If it names extended key usages, both server and client must be among them.</param>
/// <param name="KeyPath">Its key, PEM.</param>
/// <param name="AuthorityPath">The authorities, PEM: whoever has a certificate of theirs belongs to the cluster, whatever its name.</param>
public sealed record SiloTlsFiles(string CertificatePath, string KeyPath, string AuthorityPath)
{
    /// <summary>Reads the three files.</summary>
    /// <exception cref="ArgumentException">One cannot be read; the message names it.</exception>
    internal string[] Read() => [.. new[] { CertificatePath, KeyPath, AuthorityPath }.Select(static path =>
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"{path} cannot be read: {fault.Message}", fault);
        }
    })];

    /// <summary>The certificate with its key.</summary>
    /// <param name="texts">What <see cref="Read"/> gave.</param>
    /// <exception cref="ArgumentException">They cannot be used together; the message names them.</exception>
    internal X509Certificate2 CertificateOf(string[] texts)
    {
        try
        {
            return X509Certificate2.CreateFromPem(texts[0], texts[1]);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw new ArgumentException($"The certificate {CertificatePath} with the key {KeyPath} cannot be used: {fault.Message}", fault);
        }
    }

    /// <summary>The authorities.</summary>
    /// <param name="texts">What <see cref="Read"/> gave.</param>
    /// <exception cref="ArgumentException">There are none; the message names the file.</exception>
    internal X509Certificate2Collection AuthoritiesOf(string[] texts)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(texts[2]);
        }
        catch (CryptographicException fault)
        {
            throw new ArgumentException($"The authorities {AuthorityPath} cannot be used: {fault.Message}", fault);
        }
        return authorities.Count > 0 ? authorities : throw new ArgumentException($"{AuthorityPath} holds no certificate of an authority.");
    }
}
