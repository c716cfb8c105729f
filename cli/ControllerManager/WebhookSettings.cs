using System.Net;
using Kthena.Silo.Admission;

namespace Kthena.Cli.ControllerManager;

/// <summary>How the admission webhooks were asked for.</summary>
/// <param name="Port">The port; 0 takes a free one, null serves none.</param>
/// <param name="CertificatePath">The certificate; null makes one.</param>
/// <param name="KeyPath">Its key.</param>
/// <param name="SecretName">The Secret of the certificate that is made.</param>
/// <param name="ServiceName">The Service that leads here.</param>
/// <param name="TimeoutSeconds">How long a request may take to arrive.</param>
internal sealed record WebhookSettings(
    int? Port, string? CertificatePath, string? KeyPath, string SecretName, string ServiceName, int TimeoutSeconds)
{
    /// <summary>Every fault of these settings, one sentence each; none when they can be used.</summary>
    public IEnumerable<string> Faults()
    {
        if (Port is < 0 or > 65535)
            yield return $"--webhook-port must be 0 to 65535, not {Port}.";
        if (CertificatePath is null != KeyPath is null)
            yield return "--tls-cert-file and --tls-private-key-file are given together or not at all.";
        if (TimeoutSeconds < 1)
            yield return $"--webhook-timeout must be 1 or more, not {TimeoutSeconds}.";
    }

    /// <summary>The server's settings.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="ns">The namespace of its Service and its Secret.</param>
    public AdmissionWebhookOptions For(IPAddress address, string ns)
    {
        var options = new AdmissionWebhookOptions { Address = address };
        return options with
        {
            Port = Port ?? options.Port,
            Namespace = ns,
            SecretName = SecretName,
            ServiceNames = [ServiceName, .. options.ServiceNames[1..]],
            // On one machine webhook configurations name a URL, not a Service.
            AlternativeNames = IPAddress.IsLoopback(address) ? ["localhost", address.ToString()] : [],
            Files = CertificatePath is { } certificate ? new AdmissionCertificateFiles(certificate, KeyPath!) : null,
            RequestTimeout = TimeSpan.FromSeconds(TimeoutSeconds),
        };
    }
}
