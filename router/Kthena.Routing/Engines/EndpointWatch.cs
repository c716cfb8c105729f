using System.Collections.Immutable;
using Kthena.Model.Routing;

namespace Kthena.Routing.Engines;

/// <summary>
/// What is known of one engine, from scrape to scrape: pure, instants are arguments. A failed scrape leaves old values as they are;
/// several in a row make the engine unreachable.
/// </summary>
/// <param name="endpointUid">The pod's UID.</param>
public sealed class EndpointWatch(string endpointUid)
{
    /// <summary>So many failed scrapes in a row make an engine unreachable.</summary>
    public const int FailuresMax = 3;

    /// <summary>The time between scrapes of an engine that has something to do.</summary>
    public static readonly TimeSpan ActiveInterval = TimeSpan.FromSeconds(1);

    /// <summary>The time between scrapes of an engine that has nothing to do.</summary>
    public static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(5);

    private const int ScrapesPerModelList = 5;

    private readonly SortedDictionary<string, (int Count, TimeSpan Lease, DateTimeOffset Until)> _leases = new(StringComparer.Ordinal);
    private LatencyMean _firstToken = LatencyMean.None;
    private LatencyMean _nextToken = LatencyMean.None;
    private EngineMetrics _metrics;
    private ImmutableArray<string> _models = [];
    private int _failures;
    private int _scrapes;
    private DateTimeOffset _scrapedAt = DateTimeOffset.MinValue;

    /// <summary>Whether the next scrape should ask for the models too: the first, then each fifth, and again after a failure.</summary>
    public bool AsksModels => _models.IsEmpty || _failures > 0 || _scrapes % ScrapesPerModelList == 0;

    /// <summary>Whether the engine has anything to do, as far as it or a router says.</summary>
    public bool IsActive => _leases.Count > 0 || _metrics.Running > 0 || _metrics.Waiting > 0;

    /// <summary>When the next scrape is due.</summary>
    public DateTimeOffset NextScrape => _scrapedAt == DateTimeOffset.MinValue ? _scrapedAt : _scrapedAt + (IsActive ? ActiveInterval : IdleInterval);

    /// <summary>Takes what a scrape brought.</summary>
    /// <param name="scrape">What it brought.</param>
    /// <param name="now">The instant.</param>
    public void Scraped(EngineScrape scrape, DateTimeOffset now)
    {
        _scrapedAt = now;
        _scrapes++;
        if (scrape.Metrics is not { } metrics)
        {
            _failures++;
            return;
        }
        _failures = 0;
        _metrics = metrics;
        _firstToken = _firstToken.Next(metrics.FirstToken);
        _nextToken = _nextToken.Next(metrics.NextToken);
        _models = scrape.Models ?? _models;
    }

    /// <summary>Takes what a router says.</summary>
    /// <param name="inFlight">Its count.</param>
    /// <param name="now">The instant.</param>
    public void Hold(RouterInFlight inFlight, DateTimeOffset now)
    {
        if (inFlight.Count > 0)
            _leases[inFlight.Router] = (inFlight.Count, inFlight.Lease, now + inFlight.Lease);
        else
            _leases.Remove(inFlight.Router);
    }

    /// <summary>All that is known; leases that ran out are dropped.</summary>
    /// <param name="now">The instant.</param>
    public EndpointLoad Load(DateTimeOffset now)
    {
        foreach (string router in _leases.Where(lease => lease.Value.Until <= now).Select(static lease => lease.Key).ToArray())
            _leases.Remove(router);
        return new EndpointLoad
        {
            EndpointUid = endpointUid,
            IsReachable = _failures < FailuresMax,
            Waiting = (int)Math.Clamp(_metrics.Waiting, 0, int.MaxValue),
            Running = (int)Math.Clamp(_metrics.Running, 0, int.MaxValue),
            KvUsage = Math.Clamp(_metrics.KvUsage, 0, 1),
            TimeToFirstToken = _firstToken.Seconds,
            TimePerOutputToken = _nextToken.Seconds,
            Models = _models,
            Routers = [.. _leases.Select(lease => new RouterInFlight(lease.Key, endpointUid, lease.Value.Count, lease.Value.Lease))],
        };
    }
}
