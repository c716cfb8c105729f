using System.Collections.Concurrent;
using Kthena.Kubernetes.Core;

namespace Kthena.Benchmarks;

/// <summary>Counts the requests that pass, watches not.</summary>
internal sealed class CountedRequests(IKubernetesTransport inner) : IKubernetesTransport
{
    private readonly ConcurrentDictionary<string, long> _byKind = new();
    private long _writes;
    private long _reads;

    public long Writes => Interlocked.Read(ref _writes);

    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>Counts by method and resource type since the last look, such as <c>PATCH pods 12</c>.</summary>
    public string TakeKinds()
    {
        string kinds = string.Join(", ", _byKind.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key} {pair.Value}"));
        _byKind.Clear();
        return kinds;
    }

    public Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        _byKind.AddOrUpdate(KindOf(request), 1, static (_, count) => count + 1);
        Interlocked.Increment(ref request.IsWrite ? ref _writes : ref _reads);
        return inner.SendAsync(request, cancellationToken);
    }

    private static string KindOf(KubernetesRequest request)
    {
        string[] parts = request.Path.Split('/');
        int at = parts[1] == "api" ? 3 : 4;
        string[] rest = parts[at] == "namespaces" && parts.Length > at + 2 ? parts[(at + 2)..] : parts[at..];
        return rest.Length > 2 ? $"{request.Method} {rest[0]}/{rest[2]}" : $"{request.Method} {rest[0]}";
    }

    public IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(KubernetesRequest request, CancellationToken cancellationToken) =>
        inner.WatchAsync(request, cancellationToken);
}
