using System.Collections.Immutable;
using Kthena.Model.Routing;
using Orleans.Concurrency;

namespace Kthena.Contracts.Routing;

/// <summary>
/// Which endpoint of a model server holds which prompt blocks, from what all routers sent where. Key: the ModelServer,
/// <c>ns/name</c>. Nothing of it is stored: after a restart the routers send their recent records again.
/// </summary>
[Alias("kthena.IPrefixCacheGrain")]
public interface IPrefixCacheGrain : IGrainWithStringKey
{
    /// <summary>Looks a prompt up.</summary>
    /// <param name="blocks">The chained hashes of its blocks, eight bytes each, in order.</param>
    [ReadOnly, Alias("match")]
    Task<PrefixMatches> MatchAsync(ReadOnlyMemory<byte> blocks);

    /// <summary>Notes a batch of dispatches.</summary>
    /// <param name="records">What was sent where, oldest first.</param>
    [OneWay, Alias("record")]
    Task RecordAsync(ImmutableArray<PrefixRecord> records);

    /// <summary>Forgets every endpoint that is gone.</summary>
    /// <param name="liveEndpointUids">The UIDs of those that are there.</param>
    [OneWay, Alias("retain")]
    Task RetainAsync(ImmutableArray<string> liveEndpointUids);
}
