using Kthena.Contracts.Routing;
using Kthena.Model;
using Kthena.Model.Routing;
using Kthena.Router.Tables;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Kthena.Router.Picking;

/// <summary>
/// Tells the endpoints' grains what this router has in flight: absolute values under a lease, so that a lost message or a dead router
/// leaves nothing wrong for long. Only what changed is told, and what would run out.
/// </summary>
internal sealed partial class InFlightReporter(
    IGrainFactory grains, SnapshotFollower snapshots, string router, TimeProvider time, ILogger<InFlightReporter> logger)
{
    /// <summary>How long a count holds unless it is said again.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Renewal = Lease / 3;

    private readonly Dictionary<(NamespacedName Pod, string Uid), (int Count, long At)> _told = [];
    private bool _isAway;

    /// <summary>Tells until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
                await TellAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The leases run out by themselves.
        }
    }

    private async Task TellAsync()
    {
        // A pod that several model servers select is one endpoint.
        var counts = new Dictionary<(NamespacedName Pod, string Uid), int>();
        foreach (EndpointState endpoint in snapshots.Table.Servers.SelectMany(static server => server.Endpoints))
        {
            (NamespacedName, string) key = (endpoint.View.Pod, endpoint.View.Uid);
            counts[key] = counts.GetValueOrDefault(key) + endpoint.InFlight;
        }
        foreach ((NamespacedName Pod, string Uid) gone in _told.Keys.Where(key => !counts.ContainsKey(key)).ToArray())
            _told.Remove(gone);
        foreach (((NamespacedName Pod, string Uid) key, int count) in counts)
        {
            bool wasTold = _told.TryGetValue(key, out (int Count, long At) told);
            if (told.Count == count && (count == 0 || (wasTold && time.GetElapsedTime(told.At) < Renewal)))
                continue;
            if (await TellAsync(key, count))
                _told[key] = (count, time.GetTimestamp());
        }
    }

    private async Task<bool> TellAsync((NamespacedName Pod, string Uid) endpoint, int count)
    {
        try
        {
            await grains.GetGrain<IEndpointGrain>(endpoint.Pod.ToString()).HoldAsync(new RouterInFlight(router, endpoint.Uid, count, Lease));
            _isAway = false;
            return true;
        }
        catch (Exception exception)
        {
            if (!_isAway)
                LogNotTold(exception);
            _isAway = true;
            return false;
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Debug, Message = "Requests in flight are not told.")]
    private partial void LogNotTold(Exception exception);
}
