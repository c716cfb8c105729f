namespace Kthena.Kubernetes.Core;

/// <summary>Callers that wait for a cache to reach a version.</summary>
internal sealed class VersionWaiters
{
    private readonly Lock _gate = new();
    private readonly List<(ulong Version, TaskCompletionSource Source)> _waiters = [];

    /// <summary>Waits until <paramref name="reached"/>, null before the first list, is at least a version.</summary>
    public Task WaitAsync(ulong version, Func<ulong?> reached, CancellationToken cancellationToken)
    {
        TaskCompletionSource source;
        lock (_gate)
        {
            if (reached() >= version)
                return Task.CompletedTask;
            source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((version, source));
        }
        return cancellationToken.CanBeCanceled ? WaitOneAsync(source, cancellationToken) : source.Task;
    }

    public void Reached(ulong version)
    {
        lock (_gate)
        {
            for (int i = _waiters.Count - 1; i >= 0; i--)
            {
                if (_waiters[i].Version > version)
                    continue;
                _waiters[i].Source.TrySetResult();
                _waiters.RemoveAt(i);
            }
        }
    }

    private async Task WaitOneAsync(TaskCompletionSource source, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.Register(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), source);
        try
        {
            await source.Task;
        }
        finally
        {
            lock (_gate)
                _waiters.RemoveAll(waiter => waiter.Source == source);
        }
    }
}
