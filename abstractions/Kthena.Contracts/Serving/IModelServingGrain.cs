using System.Collections.Immutable;
using Kthena.Model.Serving;
using Orleans.Concurrency;

namespace Kthena.Contracts.Serving;

/// <summary>One ModelServing: its groups, revisions, every budget, the choice of victims, status. Key: <c>namespace/name</c>.</summary>
[Alias("kthena.IModelServingGrain")]
public interface IModelServingGrain : IGrainWithStringKey
{
    /// <summary>Tells of a change of the ModelServing or of one of its ControllerRevisions.</summary>
    /// <param name="change">The change.</param>
    [OneWay, AlwaysInterleave, Alias("notify")]
    Task NotifyAsync(ObjectChange change);

    /// <summary>A group tells that its summary changed.</summary>
    /// <param name="summary">The summary.</param>
    [OneWay, AlwaysInterleave, Alias("group-changed")]
    Task GroupChangedAsync(GroupSummary summary);

    /// <summary>The groups as last seen, ascending by ordinal.</summary>
    [AlwaysInterleave, Alias("groups")]
    Task<ImmutableArray<GroupSummary>> GetGroupsAsync();

    /// <summary>The last plans that asked for anything, oldest first; at most 32.</summary>
    [AlwaysInterleave, Alias("explain")]
    Task<ImmutableArray<PlanRecord>> ExplainAsync();
}
