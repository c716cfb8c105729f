using Kthena.Kubernetes.Core;
using Microsoft.Extensions.Hosting;

namespace Kthena.Silo.Cluster;

/// <summary>Keeps the informers and the event recorder running for as long as the host runs.</summary>
/// <param name="informers">The informers.</param>
/// <param name="recorder">The event recorder.</param>
internal sealed class ClusterConnection(InformerSet informers, EventRecorder recorder) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(informers.RunAsync(stoppingToken), recorder.RunAsync(stoppingToken));
}
