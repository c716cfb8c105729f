using System.Collections.Immutable;
using Kthena.Model.Serving;
using Orleans.Concurrency;

namespace Kthena.Contracts.Serving;

/// <summary>One role instance: its entry and worker pods and its headless Service. Key: <see cref="RoleKey"/>.</summary>
[Alias("kthena.IRoleGrain")]
public interface IRoleGrain : IGrainWithStringKey
{
    /// <summary>Says what is wanted of the instance. Returns at once; the work follows in a turn of its own.</summary>
    /// <param name="assignment">What is wanted.</param>
    [AlwaysInterleave, Alias("assign")]
    Task AssignAsync(RoleAssignment assignment);

    /// <summary>Tells of a change of a pod or of the Service.</summary>
    /// <param name="change">The change.</param>
    [OneWay, AlwaysInterleave, Alias("notify")]
    Task NotifyAsync(ObjectChange change);

    /// <summary>
    /// Says again what is wanted, for of two activations one may have been told and the other live on with what it was told before,
    /// and makes the instance look at its facts, for word of them may have been lost.
    /// </summary>
    /// <param name="assignment">What is wanted; null while the group does not know.</param>
    /// <returns>The state as last seen; what the look changes is told.</returns>
    [AlwaysInterleave, Alias("remind")]
    Task<RoleSummary> RemindAsync(RoleAssignment? assignment);

    /// <summary>The last plans that asked for anything, oldest first; at most 4.</summary>
    [AlwaysInterleave, Alias("explain")]
    Task<ImmutableArray<PlanRecord>> ExplainAsync();
}
