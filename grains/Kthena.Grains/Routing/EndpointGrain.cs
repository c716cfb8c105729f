using Kthena.Contracts.Routing;
using Kthena.Model;
using Kthena.Model.Routing;
using Kthena.Routing.Engines;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Grains.Routing;

/// <summary>One engine. A hung one delays nobody: each has a grain and a timer of its own.</summary>
/// <param name="probe">The way to the engine.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where a probe that breaks is told of.</param>
public sealed partial class EndpointGrain(IEngineProbe probe, TimeProvider time, ILogger<EndpointGrain> logger) : Grain, IEndpointGrain
{
    // Word of its end may be lost: who is not named any more for so many repetitions is gone.
    private static readonly TimeSpan FollowLease = TimeSpan.FromMinutes(1);

    private EngineEndpoint? _endpoint;
    private DateTimeOffset _followedUntil;
    private EndpointWatch? _watch;
    private EndpointLoad? _told;
    private IGrainTimer? _timer;
    private bool _isBreakToldOf;

    /// <inheritdoc/>
    public Task FollowAsync(EngineEndpoint endpoint)
    {
        bool isSame = _endpoint is { } known && known.Uid == endpoint.Uid && known.BaseUrl == endpoint.BaseUrl;
        _endpoint = endpoint;
        _followedUntil = time.GetUtcNow() + FollowLease;
        // Whoever gathers the loads may have begun anew: it hears again what it may know.
        _told = null;
        if (isSame)
            return TellAsync();
        _watch = new EndpointWatch(endpoint.Uid);
        _timer ??= this.RegisterGrainTimer(
            ScrapeAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { KeepAlive = true });
        Arm();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ForgetAsync(string endpointUid)
    {
        if (_endpoint?.Uid == endpointUid)
            Forget();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task HoldAsync(RouterInFlight inFlight)
    {
        if (_endpoint?.Uid != inFlight.EndpointUid || _watch is not { } watch)
            return Task.CompletedTask;
        bool wasActive = watch.IsActive;
        watch.Hold(inFlight, time.GetUtcNow());
        if (!wasActive && watch.IsActive)
            Arm();
        return TellAsync();
    }

    private void Forget()
    {
        _timer?.Dispose();
        (_endpoint, _watch, _told, _timer) = (null, null, null, null);
        this.DeactivateOnIdle();
    }

    private void Arm()
    {
        TimeSpan left = _watch!.NextScrape - time.GetUtcNow();
        _timer?.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private async Task ScrapeAsync(CancellationToken stopped)
    {
        if (_endpoint is not { } endpoint || _watch is not { } watch)
            return;
        if (time.GetUtcNow() > _followedUntil)
        {
            Forget();
            return;
        }
        EngineScrape scrape = await ProbeAsync(endpoint, watch.AsksModels, stopped);
        // Meanwhile the pod may have gone or been made again.
        if (_watch != watch)
            return;
        watch.Scraped(scrape, time.GetUtcNow());
        Arm();
        await TellAsync();
    }

    /// <summary>Asks the engine. Whatever breaks is a failed scrape: an exception would end the scrapes of this engine for good.</summary>
    private async Task<EngineScrape> ProbeAsync(EngineEndpoint endpoint, bool asksModels, CancellationToken stopped)
    {
        try
        {
            EngineScrape scrape = await probe.ScrapeAsync(endpoint, asksModels, stopped);
            _isBreakToldOf = false;
            return scrape;
        }
        catch (Exception exception) when (!stopped.IsCancellationRequested)
        {
            if (!_isBreakToldOf)
                LogBroke(exception, endpoint.Pod);
            _isBreakToldOf = true;
            return EngineScrape.Failed;
        }
    }

    private Task TellAsync()
    {
        EndpointLoad load = _watch!.Load(time.GetUtcNow());
        if (_told is not null && _told.HasSameContent(load))
            return Task.CompletedTask;
        _told = load;
        return GrainFactory.GetGrain<IEndpointLoadsGrain>(IEndpointLoadsGrain.Key).ReportAsync(load);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The scrape of pod {Pod} broke; it is tried again and again.")]
    private partial void LogBroke(Exception exception, NamespacedName pod);
}
