using System.Collections.Immutable;

namespace Kthena.Kubernetes.Core;

/// <summary>Counts of what a client sent, since it was created. Thread-safe.</summary>
public sealed class ClientStatistics
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<(string Method, int Status), long> _answers = [];
    private long _waits;
    private TimeSpan _waited;
    private long _sentAgain;
    private long _withheld;

    /// <summary>Answers by method and HTTP status, ascending; status 0 stands for those that never came.</summary>
    public ImmutableArray<(string Method, int Status, long Count)> Answers
    {
        get
        {
            lock (_gate)
                return [.. _answers.Select(static pair => (pair.Key.Method, pair.Key.Status, pair.Value))];
        }
    }

    /// <summary>How many requests waited or not for their turn, and for how long in sum.</summary>
    public (long Requests, TimeSpan Sum) Waits
    {
        get
        {
            lock (_gate)
                return (_waits, _waited);
        }
    }

    /// <summary>Requests that were sent once more because the server had refused them unread.</summary>
    public long Retries
    {
        get
        {
            lock (_gate)
                return _sentAgain;
        }
    }

    /// <summary>Writes that were not sent at all because the server had asked for a long pause.</summary>
    public long HeldBack
    {
        get
        {
            lock (_gate)
                return _withheld;
        }
    }

    internal void Answered(string method, int status)
    {
        lock (_gate)
            _answers[(method, status)] = _answers.GetValueOrDefault((method, status)) + 1;
    }

    internal void Waited(TimeSpan span)
    {
        lock (_gate)
        {
            _waits++;
            _waited += span;
        }
    }

    internal void SentAgain()
    {
        lock (_gate)
            _sentAgain++;
    }

    internal void Withheld()
    {
        lock (_gate)
            _withheld++;
    }
}
