using System.Collections.Immutable;
using Kthena.Contracts.Routing;
using Kthena.Model.Routing;
using Kthena.Routing.Engines;
using Orleans;

namespace Kthena.Grains.Routing;

/// <summary>The loads of all engines. Kept alive: routers wait on it.</summary>
/// <param name="time">The clock.</param>
[KeepAlive]
public sealed class EndpointLoadsGrain(TimeProvider time) : Grain, IEndpointLoadsGrain
{
    // A silo that stops waits for the calls that are under way, so a wait may not be long.
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(5);

    // Versions of one life never mean anything in the next.
    private readonly EndpointLoadTable _table = new(EndpointLoadTable.FirstVersionAt(time.GetUtcNow()));
    private readonly ChangeSignal _changed = new(time);

    /// <inheritdoc/>
    public Task ReportAsync(EndpointLoad load)
    {
        if (_table.Report(load))
            _changed.Raise();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RetainAsync(ImmutableArray<string> liveEndpointUids)
    {
        if (_table.Retain(liveEndpointUids))
            _changed.Raise();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<EndpointLoads?> WaitForLoadsAsync(long knownVersion, CancellationToken cancellation)
    {
        if (_table.Since(knownVersion) is { } known)
            return known;
        return await _changed.WaitAsync(WaitMax, cancellation) ? _table.Since(knownVersion) : null;
    }
}
