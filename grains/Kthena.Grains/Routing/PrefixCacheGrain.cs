using System.Collections.Immutable;
using Kthena.Contracts.Routing;
using Kthena.Model.Routing;
using Kthena.Routing.KvIndex;
using Kthena.Routing.Prompt;
using Microsoft.Extensions.Options;
using Orleans;

namespace Kthena.Grains.Routing;

/// <summary>The prompts that the endpoints of one model server hold. Kept alive: the engines remember over idle hours too.</summary>
/// <param name="options">How much to remember.</param>
/// <param name="time">The clock.</param>
[KeepAlive]
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
        _index.Retain(liveEndpointUids);
        // Nobody is left to remember anything of: the model server is gone, or will begin anew.
        if (liveEndpointUids.IsEmpty)
            this.DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
