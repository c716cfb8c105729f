using Kthena.Contracts.Routing;
using Kthena.Model.Routing;
using Kthena.Routing.Snapshots;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Kthena.Router.Tables;

/// <summary>Keeps <see cref="Table"/> at the newest snapshot. While no silo answers it keeps the last good one.</summary>
internal sealed partial class SnapshotFollower(IGrainFactory grains, RouterOptions options, TimeProvider time, ILogger<SnapshotFollower> logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    // The grain answers every 5 s even when nothing changed.
    private static readonly TimeSpan ConfirmationMax = TimeSpan.FromSeconds(15);

    private readonly LongPoll _poll = new(time);
    private LiveTable _table = LiveTable.Empty;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _confirmedAtTicks;
    private bool _isConfirmed;
    private bool _isAway;

    /// <summary>The table as it is now; a request reads it once.</summary>
    public LiveTable Table => Volatile.Read(ref _table);

    /// <summary>Whether there ever was a snapshot.</summary>
    public bool HasTable => Table.Version != 0;

    /// <summary>When a silo last said that the table is the newest; the beginning of time before that.</summary>
    public DateTimeOffset ConfirmedAt => new(Volatile.Read(ref _confirmedAtTicks), TimeSpan.Zero);

    /// <summary>How long the table may have been wrong by now; null while a silo stands by it.</summary>
    public TimeSpan? StaleFor
    {
        get
        {
            TimeSpan age = time.GetUtcNow() - ConfirmedAt;
            return !Volatile.Read(ref _isConfirmed) || age > ConfirmationMax ? TimeSpan.FromTicks(Math.Max(0, age.Ticks)) : null;
        }
    }

    /// <summary>Routes by a table of before, which was true at some time, until a silo tells of its own.</summary>
    /// <param name="snapshot">The table.</param>
    /// <param name="confirmedAt">When it was true.</param>
    public void Begin(RoutingSnapshot snapshot, DateTimeOffset confirmedAt)
    {
        Volatile.Write(ref _confirmedAtTicks, confirmedAt.UtcTicks);
        Apply(snapshot);
    }

    /// <summary>Waits until the table is at another version than the one known.</summary>
    public async Task<long> WaitForAnotherAsync(long knownVersion)
    {
        while (true)
        {
            Task changed = Volatile.Read(ref _changed).Task;
            if (Table.Version is long version && version != knownVersion)
                return version;
            await changed;
        }
    }

    /// <summary>Asks again at once, because who was asked may be gone.</summary>
    public void Renew() => _poll.Renew();

    /// <summary>Follows until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        // What came from elsewhere than the grain may be another content under its version.
        long known = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                // Found anew each time: a client that is not connected yet knows no grains.
                IRoutingTableGrain table = grains.GetGrain<IRoutingTableGrain>(IRoutingTableGrain.Key);
                RoutingUpdate? update = await _poll.AskAsync(asked => table.WaitForUpdateAsync(known, asked), stopping);
                known = Take(update, known);
                _isAway = false;
                // A silo that has no table yet says nothing against one of before, and nothing for it.
                if (known != 0)
                    Confirm();
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Volatile.Write(ref _isConfirmed, false);
                string reason = LongPoll.ReasonOf(exception);
                if (!_isAway && HasTable)
                    LogTableAway(reason, Table.Version);
                else if (!_isAway)
                    LogNoTable(reason);
                _isAway = true;
                await Task.Delay(RetryDelay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Confirm()
    {
        Volatile.Write(ref _confirmedAtTicks, time.GetUtcNow().UtcTicks);
        Volatile.Write(ref _isConfirmed, true);
    }

    /// <summary>Takes what was told; the version to ask from next, which is none when something was missed.</summary>
    private long Take(RoutingUpdate? update, long known)
    {
        if (update is null)
            return known;
        if (RoutingDeltas.Apply(Table.Routes.Snapshot, update) is not { } next)
        {
            LogGap(known);
            return 0;
        }
        // Before anybody can route by it: a table is never seen without the word that stands by it.
        Confirm();
        Apply(next);
        return next.Version;
    }

    private void Apply(RoutingSnapshot snapshot)
    {
        LiveTable next = Table.Next(
            snapshot,
            options.SharesNamesAcrossNamespaces,
            () => new PromptMemory(options.LocalPrefixBytesMax),
            key => new PrefixCacheLink(() => grains.GetGrain<IPrefixCacheGrain>(key.ToString()), options.RecentRecordsBytesMax, time));
        // A table comes with each pod: a fault is told when it is new.
        string[] newFaults = [.. next.Routes.Faults.Except(Table.Routes.Faults)];
        Volatile.Write(ref _table, next);
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        LogApplied(snapshot.Version, snapshot.Routes.Length, snapshot.Servers.Length);
        foreach (string fault in newFaults)
            LogRouteFault(fault);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Routing by version {Version}: {Routes} routes, {Servers} model servers.")]
    private partial void LogApplied(long version, int routes, int servers);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "The routing table does not answer; serving on from version {Version}. {Reason}")]
    private partial void LogTableAway(string reason, long version);

    [LoggerMessage(EventId = 5, Level = LogLevel.Information, Message = "Waits for the first routing table. {Reason}")]
    private partial void LogNoTable(string reason);

    [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message = "Changes since version {Version} do not join on: asking for the whole table.")]
    private partial void LogGap(long version);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "{Fault}")]
    private partial void LogRouteFault(string fault);
}
