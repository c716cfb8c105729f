using System.Net.Security;
using Kthena.Kubernetes.Core;
using Microsoft.Extensions.Logging;

namespace Kthena.Silo.Admission.Certificates;

/// <summary>
/// Keeps a certificate ready for handshakes. A new one is served only once a whole look at the webhook configurations found
/// the new authority everywhere, so that no API server meets a certificate that it was not told to trust; the old one lasts
/// until then. Connections that stand keep what they were made with.
/// </summary>
/// <param name="source">Where the certificate comes from.</param>
/// <param name="bundles">The webhook configurations.</param>
/// <param name="options">How often to look.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where changes are told.</param>
internal sealed class CertificateKeeper(
    IPairSource source, AuthorityBundles bundles, AdmissionWebhookOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan StartPause = TimeSpan.FromMilliseconds(500);

    private ServingPair? _pair;
    private volatile SslStreamCertificateContext? _context;

    /// <summary>What handshakes use; null before the first certificate.</summary>
    public SslStreamCertificateContext? Context => _context;

    /// <summary>Waits for the first certificate.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="AdmissionWebhookException">There was none in time.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        DateTimeOffset deadline = time.GetUtcNow() + options.StartTimeout;
        while (true)
        {
            try
            {
                await CheckAsync(cancellation);
                return;
            }
            catch (AdmissionWebhookException error) when (time.GetUtcNow() + StartPause >= deadline)
            {
                throw new AdmissionWebhookException($"The admission webhooks have no certificate after {options.StartTimeout.TotalSeconds:0.#} s. {error.Message}", error);
            }
            catch (AdmissionWebhookException)
            {
                await Task.Delay(StartPause, time, cancellation);
            }
        }
    }

    /// <summary>Looks again and again until it is cancelled. What goes wrong is told, and the next look is the remedy.</summary>
    /// <param name="cancellation">Ends it.</param>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var interval = new PeriodicTimer(options.CheckInterval, time);
        try
        {
            while (await interval.WaitForNextTickAsync(cancellation))
                await TryCheckAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    /// <summary>Looks once.</summary>
    /// <exception cref="AdmissionWebhookException">The source has nothing that can be used.</exception>
    internal async Task CheckAsync(CancellationToken cancellation)
    {
        ServingPair pair = await source.ReadAsync(cancellation);
        bool isSettled = await SettleAsync(pair, cancellation);
        if (pair.IsSame(_pair))
            return;
        if (!isSettled && _pair?.IsGoodAt(time.GetUtcNow()) == true)
            return;
        _pair = pair;
        _context = SslStreamCertificateContext.Create(pair.Certificate, pair.Intermediates, offline: true);
        logger.CertificateServed(pair.Certificate.Thumbprint, pair.NotAfter);
    }

    private async Task TryCheckAsync(CancellationToken cancellation)
    {
        try
        {
            await CheckAsync(cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            logger.CheckFailed(_pair!.NotAfter, error.Message);
        }
    }

    private async Task<bool> SettleAsync(ServingPair pair, CancellationToken cancellation)
    {
        // Without an authority of ours, whoever makes the certificate also sees to the configurations.
        if (pair.AuthorityPem.Length == 0)
            return true;
        try
        {
            return await bundles.ReconcileAsync(pair.AuthorityBase64(), cancellation);
        }
        catch (KubernetesException error)
        {
            logger.BundlesFailed(error.Message);
            return false;
        }
    }
}
