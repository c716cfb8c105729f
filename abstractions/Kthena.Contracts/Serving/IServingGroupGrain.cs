using System.Collections.Immutable;
using Kthena.Model.Serving;
using Orleans.Concurrency;

namespace Kthena.Contracts.Serving;

/// <summary>One ServingGroup: its role instances and their healing. Key: <see cref="GroupKey"/>.</summary>
[Alias("kthena.IServingGroupGrain")]
public interface IServingGroupGrain : IGrainWithStringKey
{
    /// <summary>Says what is wanted of the group. Returns at once; the work follows in a turn of its own.</summary>
    /// <param name="assignment">What is wanted.</param>
    [AlwaysInterleave, Alias("assign")]
    Task AssignAsync(GroupAssignment assignment);

    /// <summary>Tells of a change of the group's PodGroup.</summary>
    /// <param name="change">The change.</param>
    [OneWay, AlwaysInterleave, Alias("notify")]
    Task NotifyAsync(ObjectChange change);

    /// <summary>A role instance tells that its summary changed.</summary>
    /// <param name="summary">The summary.</param>
    [OneWay, AlwaysInterleave, Alias("role-changed")]
    Task RoleChangedAsync(RoleSummary summary);

    /// <summary>The state as last seen.</summary>
    [AlwaysInterleave, Alias("summary")]
    Task<GroupSummary> GetSummaryAsync();

    /// <summary>The last plans that asked for anything, oldest first; at most 8.</summary>
    [AlwaysInterleave, Alias("explain")]
    Task<ImmutableArray<PlanRecord>> ExplainAsync();
}
