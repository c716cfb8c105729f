using System.Collections.Immutable;
using Kthena.Contracts.Routing;
using Kthena.Model.Routing;

namespace Kthena.Router.Tables;

/// <summary>
/// The way to the prefix cache of one model server, with the recent records that a new life of the cache must hear again, and a
/// pause after failures, so that a cluster without silos costs requests nothing.
/// </summary>
/// <param name="grain">The prefix cache.</param>
/// <param name="time">The clock.</param>
internal sealed class PrefixCacheLink(IPrefixCacheGrain grain, TimeProvider time)
{
    private const int RecentMax = 1024;
    private const int FailuresMax = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly PrefixRecord[] _recent = new PrefixRecord[RecentMax];
    private readonly Lock _lock = new();
    private long _recentCount;
    private long _epoch;
    private int _failures;
    private long _pausedSince;

    public IPrefixCacheGrain Grain { get; } = grain;

    /// <summary>Whether asking is worth while: not within a second after three failures in a row.</summary>
    public bool IsOpen => Volatile.Read(ref _failures) < FailuresMax || time.GetElapsedTime(Volatile.Read(ref _pausedSince)) >= Pause;

    public void Remember(PrefixRecord record)
    {
        lock (_lock)
            _recent[_recentCount++ % RecentMax] = record;
    }

    public void Failed()
    {
        Volatile.Write(ref _pausedSince, time.GetTimestamp());
        Interlocked.Increment(ref _failures);
    }

    /// <summary>Notes an answer.</summary>
    /// <returns>What a cache that began anew must hear again, oldest first; empty when it is the one of before.</returns>
    public ImmutableArray<PrefixRecord> Answered(long epoch)
    {
        Volatile.Write(ref _failures, 0);
        if (Interlocked.Exchange(ref _epoch, epoch) is long before && (before == epoch || before == 0))
            return [];
        lock (_lock)
        {
            long first = Math.Max(0, _recentCount - RecentMax);
            var records = ImmutableArray.CreateBuilder<PrefixRecord>((int)(_recentCount - first));
            for (long index = first; index < _recentCount; index++)
                records.Add(_recent[index % RecentMax]);
            return records.DrainToImmutable();
        }
    }
}
