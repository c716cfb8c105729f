using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Tests.Core;

/// <summary>A journal whose disk can be made to wait or to fail.</summary>
internal sealed class HeldJournal : IObjectJournal
{
    private readonly MemoryJournal _inner = new();
    private readonly Queue<(TaskCompletionSource Done, IReadOnlyList<JournalRecord> Records)> _held = new();
    private bool _isHolding;
    private Exception? _failure;

    public void Hold() => _isHolding = true;

    public void FailFromNowOn(Exception failure) => _failure = failure;

    public void Release()
    {
        _isHolding = false;
        while (_held.TryDequeue(out (TaskCompletionSource Done, IReadOnlyList<JournalRecord> Records) held))
        {
            _inner.CommitAsync(held.Records);
            held.Done.SetResult();
        }
    }

    public Task CommitAsync(IReadOnlyList<JournalRecord> records)
    {
        if (_failure is not null)
            return Task.FromException(_failure);
        if (!_isHolding)
            return _inner.CommitAsync(records);
        var done = new TaskCompletionSource();
        _held.Enqueue((done, records));
        return done.Task;
    }

    public IReadOnlyList<JournalRecord> ReadAll() => _inner.ReadAll();
}
