using System.Collections.Immutable;
using Kthena.Contracts.Routing;
using Kthena.Model.Routing;

namespace Kthena.Router.Tables;

/// <summary>
/// The way to the prefix cache of one model server, with the recent records that a new life of the cache must hear again, and a
/// pause after failures, so that a cluster without silos costs requests nothing.
/// </summary>
/// <param name="find">Finds the prefix cache; fails while the client is not connected yet.</param>
/// <param name="recentBytesMax">The most bytes that recent records may take.</param>
/// <param name="time">The clock.</param>
internal sealed class PrefixCacheLink(Func<IPrefixCacheGrain> find, long recentBytesMax, TimeProvider time)
{
    private const int FailuresMax = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly RecentRecords _recent = new(recentBytesMax);
    private readonly ToldPrefixes _told = new(time.TimestampFrequency);
    private readonly Lock _lock = new();
    private long _epoch;
    private int _failures;
    private long _pausedSince;
    private IPrefixCacheGrain? _grain;

    /// <summary>The prefix cache.</summary>
    /// <exception cref="ArgumentException">The client is not connected yet.</exception>
    public IPrefixCacheGrain Grain => _grain ??= find();

    /// <summary>Whether asking is worth while: not within a second after three failures in a row.</summary>
    public bool IsOpen => Volatile.Read(ref _failures) < FailuresMax || time.GetElapsedTime(Volatile.Read(ref _pausedSince)) >= Pause;

    /// <summary>Whether there is anything to tell a new life of the cache.</summary>
    public bool HasRecords
    {
        get
        {
            lock (_lock)
                return _recent.Count > 0;
        }
    }

    /// <summary>
    /// Where a record of a prompt may begin: what this router found in its own memory was told when it came there, and what was told
    /// within a second is not told again. So a beginning that many prompts share, or a prompt that is asked again and again, costs the
    /// cluster one record a second, which keeps it from being forgotten.
    /// </summary>
    /// <param name="endpoint">The endpoint's number.</param>
    /// <param name="chain">The prompt's blocks.</param>
    /// <param name="known">How many of them this router knew to be there.</param>
    /// <returns>The first block to tell of; the number of blocks when there is nothing to tell.</returns>
    public int FirstToTell(int endpoint, ReadOnlySpan<ulong> chain, int known)
    {
        lock (_lock)
            return _told.First(endpoint, chain, known, time.GetTimestamp());
    }

    public void Remember(PrefixRecord record)
    {
        lock (_lock)
            _recent.Add(record);
    }

    public void Failed()
    {
        Volatile.Write(ref _pausedSince, time.GetTimestamp());
        Interlocked.Increment(ref _failures);
    }

    /// <summary>Notes that the cache answered.</summary>
    public void Answered() => Volatile.Write(ref _failures, 0);

    /// <summary>What the life of the cache that answered must hear again; the first one that answers hears all too: what was sent before there was one is lost.</summary>
    /// <param name="epoch">Which life it is.</param>
    /// <returns>The records, oldest first; empty when it has <see cref="Heard"/> them.</returns>
    public ImmutableArray<PrefixRecord> Unheard(long epoch)
    {
        if (Volatile.Read(ref _epoch) == epoch)
            return [];
        lock (_lock)
            return _recent.All;
    }

    /// <summary>Notes that a life of the cache was sent all that it had not heard.</summary>
    /// <param name="epoch">Which life it is.</param>
    public void Heard(long epoch) => Volatile.Write(ref _epoch, epoch);
}
