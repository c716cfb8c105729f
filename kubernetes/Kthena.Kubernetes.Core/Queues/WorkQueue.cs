using Microsoft.Extensions.Logging;

namespace Kthena.Kubernetes.Core;

/// <summary>
/// Keys that wait for work. A key waits at most once however often it is added; a key that is added while its work runs
/// waits until that is done, so one key is never worked on twice at once. First in, first out. Thread-safe.
/// </summary>
/// <typeparam name="TKey">What names a piece of work.</typeparam>
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    private const double LongestSleepMilliseconds = 24 * 60 * 60 * 1000.0;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Backoff _backoff;
    private readonly Queue<TKey> _ready = new();
    private readonly HashSet<TKey> _waiting = [];
    private readonly HashSet<TKey> _running = [];
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly Dictionary<TKey, long> _dueAt = [];
    private readonly PriorityQueue<TKey, (long Due, long Order)> _delayed = new();
    private readonly SemaphoreSlim _available = new(0);
    private readonly ITimer _timer;
    private long _order;
    private long _armedFor = long.MaxValue;
    private bool _isDisposed;

    /// <summary>Creates an empty queue.</summary>
    /// <param name="time">Measures delays, by its monotonic timestamps and its timers.</param>
    /// <param name="backoff">The delays of keys that fail; null takes 5 ms doubling to 1,000 s.</param>
    public WorkQueue(TimeProvider time, Backoff? backoff = null)
    {
        _time = time;
        _backoff = backoff ?? new Backoff(TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(1000));
        _timer = time.CreateTimer(static state => ((WorkQueue<TKey>)state!).MoveDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys that are ready to be taken; delayed and running ones are not counted.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _ready.Count;
        }
    }

    /// <summary>Adds a key now; it does nothing to a key that already waits.</summary>
    /// <param name="key">The key.</param>
    public void Add(TKey key)
    {
        lock (_gate)
            Enqueue(key);
    }

    /// <summary>Adds a key after a delay; of several delays of one key the shortest counts.</summary>
    /// <param name="key">The key.</param>
    /// <param name="delay">The delay; zero or less adds at once.</param>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        lock (_gate)
        {
            if (delay <= TimeSpan.Zero)
            {
                Enqueue(key);
                return;
            }
            long due = _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);
            if (_dueAt.TryGetValue(key, out long earlier) && earlier <= due)
                return;
            _dueAt[key] = due;
            _delayed.Enqueue(key, (due, _order++));
            Arm();
        }
    }

    /// <summary>Counts a failure of a key and adds it after the delay that this earns.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The delay.</returns>
    public TimeSpan AddRateLimited(TKey key)
    {
        TimeSpan delay;
        lock (_gate)
        {
            int failures = _failures.GetValueOrDefault(key) + 1;
            _failures[key] = failures;
            delay = _backoff.Delay(failures, chance: null);
        }
        AddAfter(key, delay);
        return delay;
    }

    /// <summary>Forgets a key's failures.</summary>
    /// <param name="key">The key.</param>
    public void Forget(TKey key)
    {
        lock (_gate)
            _failures.Remove(key);
    }

    /// <summary>Takes the next key, which then runs until <see cref="Done"/>.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<TKey> TakeAsync(CancellationToken cancellationToken)
    {
        await _available.WaitAsync(cancellationToken);
        lock (_gate)
        {
            TKey key = _ready.Dequeue();
            _waiting.Remove(key);
            _running.Add(key);
            return key;
        }
    }

    /// <summary>Ends a key's run; if it was added meanwhile, it is ready again.</summary>
    /// <param name="key">A key that <see cref="TakeAsync"/> returned.</param>
    public void Done(TKey key)
    {
        lock (_gate)
        {
            _running.Remove(key);
            if (_waiting.Contains(key))
                MakeReady(key);
        }
    }

    /// <summary>Works keys off until cancelled. Work that throws is logged and its key added again with back-off.</summary>
    /// <param name="workers">How many keys run at once.</param>
    /// <param name="work">Works one key off.</param>
    /// <param name="logger">Where failures go.</param>
    /// <param name="cancellationToken">Ends the run; it then returns without an exception.</param>
    public Task ProcessAsync(int workers, Func<TKey, CancellationToken, Task> work, ILogger logger, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        return Task.WhenAll(Enumerable.Range(0, workers).Select(_ => WorkAsync(work, logger, cancellationToken)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        _timer.Dispose();
        _available.Dispose();
    }

    private async Task WorkAsync(Func<TKey, CancellationToken, Task> work, ILogger logger, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                TKey key = await TakeAsync(cancellationToken);
                await WorkOneAsync(key, work, logger, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task WorkOneAsync(TKey key, Func<TKey, CancellationToken, Task> work, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await work(key, cancellationToken);
            Forget(key);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan delay = AddRateLimited(key);
            logger.WorkFailed(key.ToString() ?? "", delay.TotalSeconds, error.Message);
        }
        finally
        {
            Done(key);
        }
    }

    private void Enqueue(TKey key)
    {
        if (_isDisposed)
            return;
        if (_waiting.Add(key) && !_running.Contains(key))
            MakeReady(key);
    }

    private void MakeReady(TKey key)
    {
        _ready.Enqueue(key);
        if (!_isDisposed)
            _available.Release();
    }

    private void MoveDue()
    {
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            while (_delayed.TryPeek(out TKey? key, out (long Due, long Order) place) && place.Due <= now)
            {
                _delayed.Dequeue();
                // A shorter delay that came later left this entry behind.
                if (_dueAt.TryGetValue(key, out long due) && due == place.Due)
                {
                    _dueAt.Remove(key);
                    Enqueue(key);
                }
            }
            _armedFor = long.MaxValue;
            Arm();
        }
    }

    private void Arm()
    {
        if (_isDisposed || !_delayed.TryPeek(out _, out (long Due, long Order) first) || first.Due >= _armedFor)
            return;
        _armedFor = first.Due;
        double wait = (first.Due - _time.GetTimestamp()) * 1000.0 / _time.TimestampFrequency;
        // Timers count whole milliseconds: rounding down would wake before the key is due.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(wait), 0, LongestSleepMilliseconds)), Timeout.InfiniteTimeSpan);
    }
}
