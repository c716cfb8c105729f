using System.Collections.Immutable;
using Kthena.Model.Serving;
using Orleans.Concurrency;

namespace Kthena.Contracts.Serving;

/// <summary>One LeaderWorkerSet, served by way of a ModelServing that it owns. Key: <c>namespace/name</c>.</summary>
[Alias("kthena.ILeaderWorkerSetGrain")]
public interface ILeaderWorkerSetGrain : IGrainWithStringKey
{
    /// <summary>Tells of a change of the LeaderWorkerSet or of its ModelServing.</summary>
    /// <param name="change">The change.</param>
    [OneWay, AlwaysInterleave, Alias("notify")]
    Task NotifyAsync(ObjectChange change);

    /// <summary>The last plans that asked for anything, oldest first; at most 32.</summary>
    [AlwaysInterleave, Alias("explain")]
    Task<ImmutableArray<PlanRecord>> ExplainAsync();
}
