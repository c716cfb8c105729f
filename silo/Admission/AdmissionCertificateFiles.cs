namespace Kthena.Silo.Admission;

/// <summary>A certificate that somebody else makes and renews, as files. They are read again as they change.</summary>
/// <param name="CertificatePath">The serving certificate, PEM; intermediate certificates may follow it.</param>
/// <param name="KeyPath">Its private key, PEM.</param>
/// <param name="AuthorityPath">
/// The authority that webhook configurations are given, PEM; null leaves them to whoever makes the certificate.
/// </param>
public sealed record AdmissionCertificateFiles(string CertificatePath, string KeyPath, string? AuthorityPath = null);
