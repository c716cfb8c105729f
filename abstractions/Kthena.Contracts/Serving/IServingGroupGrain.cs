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

    /// <summary>Says again what is wanted, for of two activations one may have been told and the other live on with what it was told before.</summary>
    /// <param name="assignment">What is wanted; null while the ModelServing does not know.</param>
    /// <param name="isCheck">Whether the group is to remind its role instances in turn, because any message may have been lost.</param>
    /// <returns>The state as last seen; what changes by it is told.</returns>
    [AlwaysInterleave, Alias("remind")]
    Task<GroupSummary> RemindAsync(GroupAssignment? assignment, bool isCheck);

    /// <summary>The last plans that asked for anything, oldest first; at most 8.</summary>
    [AlwaysInterleave, Alias("explain")]
    Task<ImmutableArray<PlanRecord>> ExplainAsync();
}
