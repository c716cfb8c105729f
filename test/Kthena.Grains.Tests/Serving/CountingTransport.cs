using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Kthena.Kubernetes.Core;

namespace Kthena.Grains.Tests.Serving;

/// <summary>Counts what passes, and answers in place of the server where it is told to.</summary>
internal sealed class CountingTransport(IKubernetesTransport inner) : IKubernetesTransport, IDisposable
{
    private CancellationTokenSource _cut = new();

    public ConcurrentQueue<string> Writes { get; } = new();

    /// <summary>The answer to a request; null lets it pass.</summary>
    public Func<KubernetesRequest, KubernetesResponse?> Answer { get; set; } = static _ => null;

    /// <summary>What a watch waits for before it begins.</summary>
    public Func<KubernetesRequest, Task> HoldUp { get; set; } = static _ => Task.CompletedTask;

    public Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        if (request.IsWrite)
            Writes.Enqueue(request.ToString());
        return Answer(request) is { } answer ? Task.FromResult(answer) : inner.SendAsync(request, cancellationToken);
    }

    /// <summary>Ends every watch that is open, as a broken connection does.</summary>
    public void CutWatches() => Interlocked.Exchange(ref _cut, new CancellationTokenSource()).Cancel();

    public void Dispose() => _cut.Dispose();

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(
        KubernetesRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Answer(request) is { } answer)
            throw KubernetesApiException.From(request, answer);
        await HoldUp(request).WaitAsync(cancellationToken);
        CancellationToken cut = Volatile.Read(ref _cut).Token;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cut, cancellationToken);
        await using IAsyncEnumerator<ReadOnlyMemory<byte>> events = inner.WatchAsync(request, either.Token).GetAsyncEnumerator(CancellationToken.None);
        while (await NextAsync())
            yield return events.Current;

        async Task<bool> NextAsync()
        {
            try
            {
                return await events.MoveNextAsync();
            }
            catch (OperationCanceledException) when (cut.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new KubernetesUnreachableException($"{request}: the stream broke.");
            }
        }
    }
}
