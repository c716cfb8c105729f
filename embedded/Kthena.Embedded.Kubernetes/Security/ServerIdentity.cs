using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kthena.Embedded.Kubernetes.Security;

/// <summary>
/// The server's certificate authority and token, made once and kept in the data folder; the serving certificate is new at
/// every start.
/// </summary>
internal sealed class ServerIdentity
{
    private const string AuthorityFile = "ca.crt";
    private const string KeyFile = "ca.key";
    private const string TokenFile = "token";
    private const int TokenBytes = 32;

    private ServerIdentity(string authorityPem, X509Certificate2 serving, string token) =>
        (AuthorityPem, Serving, Token) = (authorityPem, serving, token);

    /// <summary>The authority's certificate, PEM.</summary>
    public string AuthorityPem { get; }

    public X509Certificate2 Serving { get; }

    public string Token { get; }

    /// <summary>Reads or makes the identity.</summary>
    /// <exception cref="CryptographicException">The kept files are damaged.</exception>
    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    public static ServerIdentity Open(string folder, DateTimeOffset now)
    {
        string token = ReadOrMake(Path.Combine(folder, TokenFile), static () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes)));
        string authorityPath = Path.Combine(folder, AuthorityFile);
        string keyPath = Path.Combine(folder, KeyFile);
        if (!File.Exists(authorityPath) || !File.Exists(keyPath))
            MakeAuthority(authorityPath, keyPath, now);
        string authorityPem = File.ReadAllText(authorityPath);
        using X509Certificate2 authority = X509Certificate2.CreateFromPem(authorityPem, File.ReadAllText(keyPath));
        return new ServerIdentity(authorityPem, MakeServing(authority, now), token);
    }

    private static string ReadOrMake(string path, Func<string> make)
    {
        if (!File.Exists(path))
            PrivateFiles.Write(path, make());
        string content = File.ReadAllText(path).Trim();
        return content.Length > 0 ? content : throw new CryptographicException($"the file {path} is empty");
    }

    private static void MakeAuthority(string certificatePath, string keyPath, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kthena-embedded-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        PrivateFiles.Write(keyPath, key.ExportPkcs8PrivateKeyPem());
        PrivateFiles.Write(certificatePath, certificate.ExportCertificatePem());
    }

    private static X509Certificate2 MakeServing(X509Certificate2 authority, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kthena-embedded-apiserver", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        foreach (string name in (string[])["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"])
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        DateTimeOffset end = now.AddYears(1) < authority.NotAfter ? now.AddYears(1) : authority.NotAfter;
        using X509Certificate2 bare = request.Create(authority, now.AddDays(-1), end, RandomNumberGenerator.GetBytes(16));
        using X509Certificate2 withKey = bare.CopyWithPrivateKey(key);
        // Windows' TLS cannot use a key that lives in memory only.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null);
    }
}
