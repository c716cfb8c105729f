using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Kthena.Silo.Admission.Certificates;

/// <summary>A serving certificate with its key, and the authorities that a client must trust to accept it.</summary>
internal sealed class ServingPair
{
    private ServingPair(string certificatePem, string keyPem, string authorityPem, X509Certificate2 certificate, X509Certificate2Collection intermediates)
    {
        CertificatePem = certificatePem;
        KeyPem = keyPem;
        AuthorityPem = authorityPem;
        Certificate = certificate;
        Intermediates = intermediates;
    }

    public string CertificatePem { get; }

    public string KeyPem { get; }

    /// <summary>One or more authorities, PEM; empty when they are not known here.</summary>
    public string AuthorityPem { get; }

    /// <summary>The certificate with its key. Handshakes may hold it for a while, so it is never disposed.</summary>
    public X509Certificate2 Certificate { get; }

    public X509Certificate2Collection Intermediates { get; }

    public DateTimeOffset NotAfter => new(Certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);

    public DateTimeOffset NotBefore => new(Certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero);

    /// <summary>Reads a pair.</summary>
    /// <exception cref="CryptographicException">It is no PEM, or the key is not the certificate's.</exception>
    public static ServingPair Parse(string certificatePem, string keyPem, string authorityPem)
    {
        try
        {
            using X509Certificate2 withKey = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificatePem);
            chain.RemoveAt(0);
            Authorities(authorityPem);
            // A key that lives in memory only is not enough for TLS on Windows.
            X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null);
            return new ServingPair(certificatePem, keyPem, authorityPem, certificate, chain);
        }
        catch (ArgumentException unreadable)
        {
            throw new CryptographicException(unreadable.Message, unreadable);
        }
    }

    /// <summary>Reads every certificate of a PEM text.</summary>
    public static X509Certificate2Collection Authorities(string pem)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(pem);
        return authorities;
    }

    public bool IsSame(ServingPair? other) =>
        other is not null && CertificatePem == other.CertificatePem && KeyPem == other.KeyPem && AuthorityPem == other.AuthorityPem;

    public bool IsGoodAt(DateTimeOffset now) => NotBefore <= now && now < NotAfter;

    /// <summary>Why the pair must be replaced; null when it is good for a while.</summary>
    public string? Flaw(IEnumerable<string> names, DateTimeOffset now, TimeSpan renewBefore)
    {
        if (now >= NotAfter - renewBefore)
            return $"it is good only until {NotAfter:u}";
        if (now < NotBefore)
            return $"it is not good before {NotBefore:u}";
        string[] missing = [.. names.Where(name => !Bears(name))];
        if (missing.Length > 0)
            return $"it does not bear the name {string.Join(", ", missing)}";
        return IsTrusted(now) ? null : "its ca.crt is not its authority";
    }

    private bool Bears(string name)
    {
        X509SubjectAlternativeNameExtension? names = Certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        if (names is null)
            return false;
        return IPAddress.TryParse(name, out IPAddress? address)
            ? names.EnumerateIPAddresses().Contains(address)
            : names.EnumerateDnsNames().Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    private bool IsTrusted(DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Authorities(AuthorityPem));
        chain.ChainPolicy.ExtraStore.AddRange(Intermediates);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        return chain.Build(Certificate);
    }

    /// <summary>The authority's bytes as webhook configurations hold them.</summary>
    public string AuthorityBase64() => Convert.ToBase64String(Encoding.UTF8.GetBytes(AuthorityPem));
}
