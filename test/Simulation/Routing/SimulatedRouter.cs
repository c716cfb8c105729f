using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Kthena.Contracts.Routing;
using Kthena.Model;
using Kthena.Model.Routing;
using Kthena.Routing.Snapshots;
using Kthena.Simulation.ControlPlane;
using Kthena.Simulation.Runs;
using Orleans;

namespace Kthena.Simulation.Routing;

/// <summary>
/// A router as the grains see it: it follows the table and the loads, records what it sends, looks prompts up, and says what it has
/// in flight. It dies without a word.
/// </summary>
internal sealed class SimulatedRouter(string name, SimulatedPlatform platform, RoutingTruth truth, RoutingBounds bounds, RoutingMistake mistake)
{
    private const int Prompts = 5;
    private const int BlocksOfPrompt = 4;
    private const int InFlightMax = 5;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private readonly SortedDictionary<string, EndpointLoad> _loads = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Endpoint, string Router), DateTimeOffset> _held = [];
    private readonly List<(NamespacedName Server, EngineEndpoint Endpoint)> _used = [];
    private long _loadsVersion;
    private bool _isDead;

    public string Name { get; } = name;

    /// <summary>When it began.</summary>
    public DateTimeOffset Born { get; } = platform.Now;

    public RoutingSnapshot Table { get; private set; } = RoutingSnapshot.Empty;

    /// <summary>When it said last that something is in flight, by endpoint.</summary>
    public IReadOnlyDictionary<(string Endpoint, string Router), DateTimeOffset> Held => _held;

    /// <summary>The loads that it knows.</summary>
    public IEnumerable<EndpointLoad> Loads => _loads.Values;

    private IGrainFactory Grains => platform.Cluster.Client;

    private Random Chance => platform.Chance;

    /// <summary>Works until it dies.</summary>
    /// <param name="life">How long it lives.</param>
    public async Task LiveAsync(TimeSpan life)
    {
        _ = FollowTableAsync();
        _ = FollowLoadsAsync();
        DateTimeOffset end = platform.Now + life;
        while (platform.Now < end)
        {
            await platform.DelayAsync(TimeSpan.FromMilliseconds(Chance.Next(200, 3000)));
            await SendOneAsync();
        }
        _isDead = true;
    }

    private async Task FollowTableAsync()
    {
        IRoutingTableGrain grain = Grains.GetGrain<IRoutingTableGrain>(IRoutingTableGrain.Key);
        long known = 0;
        while (!_isDead)
        {
            try
            {
                if (await grain.WaitForUpdateAsync(known) is not { } update)
                    continue;
                // Changes that do not follow on this table: everything is asked for, and this one serves until it comes.
                RoutingSnapshot? next = RoutingDeltas.Apply(Table, update);
                Table = next ?? Table;
                known = next?.Version ?? 0;
            }
            catch (TimeoutException)
            {
                await platform.DelayAsync(RetryDelay);
            }
        }
    }

    private async Task FollowLoadsAsync()
    {
        IEndpointLoadsGrain grain = Grains.GetGrain<IEndpointLoadsGrain>(IEndpointLoadsGrain.Key);
        while (!_isDead)
        {
            try
            {
                if (await grain.WaitForLoadsAsync(_loadsVersion) is not { } changed)
                    continue;
                if (changed.IsWhole)
                    _loads.Clear();
                foreach (string gone in changed.GoneUids)
                    _loads.Remove(gone);
                foreach (EndpointLoad load in changed.Loads)
                    _loads[load.EndpointUid] = load;
                _loadsVersion = changed.Version;
            }
            catch (TimeoutException)
            {
                await platform.DelayAsync(RetryDelay);
            }
        }
    }

    /// <summary>One request: a look-up, a record of where it was sent, and what is in flight there.</summary>
    private async Task SendOneAsync()
    {
        RoutedServer[] servers = [.. Table.Servers.Where(static server => server.Endpoints.Length > 0)];
        if (servers.Length == 0)
            return;
        RoutedServer server = servers[Chance.Next(servers.Length)];
        EngineEndpoint endpoint = server.Endpoints[Chance.Next(server.Endpoints.Length)];
        IPrefixCacheGrain cache = Grains.GetGrain<IPrefixCacheGrain>(server.Key.ToString());
        byte[] blocks = Blocks(Chance.Next(Prompts));
        await LookUpAsync(cache, server.Key, blocks);
        await cache.RecordAsync([new PrefixRecord(endpoint.Uid, blocks)]);
        _used.Add((server.Key, endpoint));
        if (mistake == RoutingMistake.RecordsOfTheGone)
        {
            foreach ((NamespacedName key, EngineEndpoint used) in _used.TakeLast(20))
                await Grains.GetGrain<IPrefixCacheGrain>(key.ToString()).RecordAsync([new PrefixRecord(used.Uid, blocks)]);
        }
        int count = Chance.Next(InFlightMax);
        if (count > 0)
            _held[(endpoint.Uid, Name)] = platform.Now;
        await Grains.GetGrain<IEndpointGrain>(endpoint.Pod.ToString()).HoldAsync(new RouterInFlight(
            Name, endpoint.Uid, count, mistake == RoutingMistake.LeaseOfAnHour ? TimeSpan.FromHours(1) : Lease));
    }

    private async Task LookUpAsync(IPrefixCacheGrain cache, NamespacedName server, byte[] blocks)
    {
        try
        {
            // What is found may be as old as the asking.
            TimeSpan lag = bounds.Prefixes;
            foreach (PrefixMatch match in (await cache.MatchAsync(blocks)).Endpoints)
            {
                if (!truth.MayBeBelieved(match.EndpointUid, lag))
                    platform.Cluster.Driver.Fail(new RuleBrokenException($"the prefix cache of {server} names {match.EndpointUid}, gone for more than {lag}"));
            }
        }
        catch (TimeoutException)
        {
            // A router goes on without.
        }
    }

    private static byte[] Blocks(int prompt) => MemoryMarshal.AsBytes<ulong>(
        Enumerable.Range(1, BlocksOfPrompt).Select(block => ((ulong)(prompt + 1) << 32) + (ulong)block).ToArray()).ToArray();
}
