using System.Security.Cryptography;

namespace Kthena.Silo.Admission.Certificates;

/// <summary>A pair that somebody else keeps in files.</summary>
/// <param name="files">Where.</param>
internal sealed class FilePairs(AdmissionCertificateFiles files) : IPairSource
{
    public async Task<ServingPair> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            return ServingPair.Parse(
                await File.ReadAllTextAsync(files.CertificatePath, cancellation),
                await File.ReadAllTextAsync(files.KeyPath, cancellation),
                files.AuthorityPath is null ? "" : await File.ReadAllTextAsync(files.AuthorityPath, cancellation));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new AdmissionWebhookException($"The certificate files cannot be read: {unreadable.Message}", unreadable);
        }
        catch (CryptographicException unreadable)
        {
            // Also while the files are being replaced one after the other: the next look finds them whole.
            throw new AdmissionWebhookException(
                $"The certificate {files.CertificatePath} and its key {files.KeyPath} cannot be used: {unreadable.Message}", unreadable);
        }
    }
}
