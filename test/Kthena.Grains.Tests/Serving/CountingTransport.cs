using System.Collections.Concurrent;
using Kthena.Kubernetes.Core;

namespace Kthena.Grains.Tests.Serving;

/// <summary>Counts what passes, and answers in place of the server where it is told to.</summary>
internal sealed class CountingTransport(IKubernetesTransport inner) : IKubernetesTransport
{
    public ConcurrentQueue<string> Writes { get; } = new();

    /// <summary>The answer to a request; null lets it pass.</summary>
    public Func<KubernetesRequest, KubernetesResponse?> Answer { get; set; } = static _ => null;

    public Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        if (request.IsWrite)
            Writes.Enqueue(request.ToString());
        return Answer(request) is { } answer ? Task.FromResult(answer) : inner.SendAsync(request, cancellationToken);
    }

    public IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(KubernetesRequest request, CancellationToken cancellationToken) =>
        inner.WatchAsync(request, cancellationToken);
}
