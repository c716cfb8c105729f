using Kthena.Kubernetes.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kthena.Silo.Admission;

/// <summary>Runs the admission webhooks for as long as the host runs. A host that cannot serve them does not start.</summary>
/// <param name="options">The settings.</param>
/// <param name="client">Reaches the API server.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">Where it tells.</param>
internal sealed class AdmissionWebhookService(AdmissionWebhookOptions options, KubernetesClient client, TimeProvider time, ILoggerFactory loggers)
    : IHostedService
{
    private AdmissionWebhookServer? _server;

    public async Task StartAsync(CancellationToken cancellationToken) =>
        _server = await AdmissionWebhookServer.StartAsync(options, client, time, loggers, cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
