using Kthena.Contracts.Routing;
using Kthena.Model.Routing;
using Microsoft.Extensions.Logging;

namespace Kthena.Router.Tables;

/// <summary>
/// Keeps what endpoints are known to have to do. No request waits for it; what nobody confirms any more is forgotten, because an old
/// load is worse than none.
/// </summary>
/// <param name="find">Finds who tells of loads; fails while the client is not connected yet.</param>
/// <param name="table">The routing table in force.</param>
/// <param name="router">This router's name.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where it is told that nobody tells.</param>
internal sealed partial class LoadFollower(
    Func<IEndpointLoadsGrain> find, Func<LiveTable> table, string router, TimeProvider time, ILogger<LoadFollower> logger)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(30);

    private readonly LongPoll _poll = new(time);
    private readonly Dictionary<string, EndpointLoad> _loads = new(StringComparer.Ordinal);
    private long _version;
    private long _heardAt;
    private bool _isAway;

    /// <summary>Asks again at once, because who was asked may be gone.</summary>
    public void Renew() => _poll.Renew();

    /// <summary>Follows until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        _heardAt = time.GetTimestamp();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                // Found anew each time: a client that is not connected yet knows no grains.
                IEndpointLoadsGrain source = find();
                EndpointLoads? changed = await _poll.AskAsync(asked => source.WaitForLoadsAsync(_version, asked), stopping);
                (_isAway, _heardAt) = (false, time.GetTimestamp());
                if (changed is not null)
                    Take(changed);
                Show();
                // Loads change all the time: a few changes at once are as good.
                await Task.Delay(Pace, time, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Miss(exception);
                await Task.Delay(RetryDelay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Take(EndpointLoads changed)
    {
        if (changed.IsWhole)
            _loads.Clear();
        foreach (string gone in changed.GoneUids)
            _loads.Remove(gone);
        foreach (EndpointLoad load in changed.Loads)
            _loads[load.EndpointUid] = load;
        _version = changed.Version;
    }

    private void Miss(Exception exception)
    {
        string reason = LongPoll.ReasonOf(exception);
        if (!_isAway && _version != 0)
            LogLoadsAway(reason);
        else if (!_isAway)
            LogNoLoads(reason);
        _isAway = true;
        if (time.GetElapsedTime(_heardAt) < AgeMax || _loads.Count == 0)
            return;
        _loads.Clear();
        _version = 0;
        Show();
    }

    private void Show()
    {
        // Who is not in the table yet comes with the next one: its load is told once, and kept.
        foreach (LiveServer server in table().Servers)
        {
            foreach (EndpointState endpoint in server.Endpoints)
                endpoint.Learn(_loads.GetValueOrDefault(endpoint.View.Uid), router);
        }
    }

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "Waits to hear of the loads of endpoints. {Reason}")]
    private partial void LogNoLoads(string reason);

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The loads of endpoints are not told; picking by what this router knows itself. {Reason}")]
    private partial void LogLoadsAway(string reason);
}
