using Kthena.Contracts.Routing;
using Kthena.Model.Routing;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Kthena.Router.Tables;

/// <summary>Keeps <see cref="Table"/> at the newest snapshot. While no silo answers it keeps the last good one.</summary>
internal sealed partial class SnapshotFollower(IGrainFactory grains, RouterOptions options, TimeProvider time, ILogger<SnapshotFollower> logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    private LiveTable _table = LiveTable.Empty;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isAway;

    /// <summary>The table as it is now; a request reads it once.</summary>
    public LiveTable Table => Volatile.Read(ref _table);

    /// <summary>Whether there ever was a snapshot.</summary>
    public bool HasTable => Table.Version != 0;

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

    /// <summary>Follows until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        IRoutingTableGrain table = grains.GetGrain<IRoutingTableGrain>(IRoutingTableGrain.Key);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                // The wait lasts some seconds; who stops does not wait for it.
                RoutingSnapshot? snapshot = await table.WaitForChangeAsync(Table.Version, stopping).WaitAsync(stopping);
                _isAway = false;
                if (snapshot is not null)
                    Apply(snapshot);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                if (!_isAway)
                    LogTableAway(exception, Table.Version);
                _isAway = true;
                await Task.Delay(RetryDelay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Apply(RoutingSnapshot snapshot)
    {
        LiveTable next = Table.Next(
            snapshot,
            options.SharesNamesAcrossNamespaces,
            () => new PromptMemory(options.LocalPrefixBytesMax),
            key => new PrefixCacheLink(grains.GetGrain<IPrefixCacheGrain>(key.ToString()), time));
        Volatile.Write(ref _table, next);
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        LogApplied(snapshot.Version, snapshot.Routes.Length, snapshot.Servers.Length);
        foreach (string fault in next.Routes.Faults)
            LogRouteFault(fault);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Routing by version {Version}: {Routes} routes, {Servers} model servers.")]
    private partial void LogApplied(long version, int routes, int servers);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "The routing table does not answer; serving on from version {Version}.")]
    private partial void LogTableAway(Exception exception, long version);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "A predicate never matches. {Fault}")]
    private partial void LogRouteFault(string fault);
}
