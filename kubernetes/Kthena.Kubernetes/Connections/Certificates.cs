using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kthena.Kubernetes;

/// <summary>Reads certificates as kubeconfigs hold them.</summary>
internal static class Certificates
{
    /// <summary>Reads every certificate of a PEM text.</summary>
    public static ImmutableArray<X509Certificate2> Authorities(string pem, string place)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException error)
        {
            throw new KubeconfigException($"{place}: the certificate authority is not PEM ({error.Message}); take it from the cluster again.", error);
        }
        return certificates.Count > 0
            ? [.. certificates]
            : throw new KubeconfigException($"{place}: the certificate authority holds no certificate; take it from the cluster again.");
    }

    /// <summary>Reads a certificate with its private key.</summary>
    public static X509Certificate2 Client(string certificatePem, string keyPem, string place)
    {
        try
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            if (!OperatingSystem.IsWindows())
                return certificate;
            // Windows' TLS wants a key that its store knows.
            using (certificate)
                return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw new KubeconfigException($"{place}: the client certificate and its key cannot be read ({error.Message}); take them from the cluster again.", error);
        }
    }
}
