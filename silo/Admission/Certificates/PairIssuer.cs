using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Kthena.Silo.Admission.Certificates;

/// <summary>
/// Makes a serving certificate and an authority for it alone. The authority's key is forgotten at once: nothing else can
/// ever be signed with it, and a new certificate brings a new authority beside the old one.
/// </summary>
internal static class PairIssuer
{
    private const int SerialBytes = 16;

    /// <summary>As many authorities as are kept, so that a bundle cannot grow without end.</summary>
    private const int AuthoritiesMost = 4;

    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    /// <summary>Makes a pair.</summary>
    /// <param name="names">DNS names and IP addresses.</param>
    /// <param name="now">The instant.</param>
    /// <param name="lifetime">How long it is good.</param>
    /// <param name="earlierAuthorities">Authorities that are still in use, PEM; those that are still good stay trusted.</param>
    public static ServingPair Issue(IReadOnlyList<string> names, DateTimeOffset now, TimeSpan lifetime, string earlierAuthorities = "")
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 authority = MakeAuthority(authorityKey, now, lifetime);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // The common name holds at most 64 characters and no client reads it; the names are in the extension.
        var request = new CertificateRequest("CN=kthena-webhook", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using X509Certificate2 certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(SerialBytes));
        return ServingPair.Parse(
            Line(certificate.ExportCertificatePem()), Line(key.ExportPkcs8PrivateKeyPem()), Bundle(authority, earlierAuthorities, now));
    }

    private static X509Certificate2 MakeAuthority(ECDsa key, DateTimeOffset now, TimeSpan lifetime)
    {
        var request = new CertificateRequest("CN=kthena-webhook-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now - ClockSkew, now + lifetime);
    }

    private static string Bundle(X509Certificate2 authority, string earlier, DateTimeOffset now)
    {
        var bundle = new StringBuilder(Line(authority.ExportCertificatePem()));
        IEnumerable<X509Certificate2> kept = ServingPair.Authorities(earlier)
            .Where(old => old.NotAfter.ToUniversalTime() > now.UtcDateTime)
            .Take(AuthoritiesMost - 1);
        foreach (X509Certificate2 old in kept)
            bundle.Append(Line(old.ExportCertificatePem()));
        return bundle.ToString();
    }

    private static string Line(string pem) => pem + "\n";
}
