using System.Collections.Immutable;
using Kthena.Contracts.Routing;
using Kthena.Model.Routing;
using Kthena.Routing.KvIndex;
using Kthena.Routing.Prompt;
using Microsoft.Extensions.Options;
using Orleans;

namespace Kthena.Grains.Routing;

/// <summary>
/// The prompts that the endpoints of one model server hold. It stays while the routing table names its endpoints again and again,
/// through idle hours too, as the engines remember; one whose end nobody told is collected.
/// </summary>
/// <param name="options">How much to remember.</param>
/// <param name="time">The clock.</param>
public sealed class PrefixCacheGrain(IOptions<PrefixCacheOptions> options, TimeProvider time) : Grain, IPrefixCacheGrain
{
    private readonly PrefixIndex _index = new(options.Value.MemoryBudgetBytes);

    // Two lives of the cache never begin at one instant, so this tells them apart.
    private readonly long _epoch = time.GetUtcNow().UtcTicks;

    /// <inheritdoc/>
    public Task<PrefixMatches> MatchAsync(ReadOnlyMemory<byte> blocks) =>
        Task.FromResult(new PrefixMatches { Endpoints = _index.Match(BlockChain.Of(blocks)), Epoch = _epoch });

    /// <inheritdoc/>
    public Task RecordAsync(ImmutableArray<PrefixRecord> records)
    {
        foreach (PrefixRecord record in records)
            _index.Record(record.EndpointUid, BlockChain.Of(record.Blocks));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RetainAsync(ImmutableArray<string> liveEndpointUids)
    {
        bool wasEmpty = _index.EndpointCount == 0;
        _index.Retain(liveEndpointUids);
        // Nobody is left to remember anything of: the model server is gone, or will begin anew, with a small index.
        if (liveEndpointUids.IsEmpty && !wasEmpty)
            this.DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
