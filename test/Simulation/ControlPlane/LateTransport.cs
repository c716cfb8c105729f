using Kthena.Kubernetes.Core;

namespace Kthena.Simulation.ControlPlane;

/// <summary>A transport that is made at its first use: silos are set up before the API server runs.</summary>
internal sealed class LateTransport(Func<IKubernetesTransport> make) : IKubernetesTransport
{
    private readonly Lazy<IKubernetesTransport> _inner = new(make);

    public Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken) =>
        _inner.Value.SendAsync(request, cancellationToken);

    public IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(KubernetesRequest request, CancellationToken cancellationToken) =>
        _inner.Value.WatchAsync(request, cancellationToken);
}
