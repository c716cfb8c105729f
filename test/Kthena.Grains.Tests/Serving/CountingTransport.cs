using System.Collections.Concurrent;
using Kthena.Kubernetes.Core;

namespace Kthena.Grains.Tests.Serving;

/// <summary>Counts what passes.</summary>
internal sealed class CountingTransport(IKubernetesTransport inner) : IKubernetesTransport
{
    public ConcurrentQueue<string> Writes { get; } = new();

    public Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        if (request.IsWrite)
            Writes.Enqueue(request.ToString());
        return inner.SendAsync(request, cancellationToken);
    }

    public IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(KubernetesRequest request, CancellationToken cancellationToken) =>
        inner.WatchAsync(request, cancellationToken);
}
