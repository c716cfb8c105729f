using Kthena.Model.Resources;

namespace Kthena.Model.Serving;

/// <summary>What groups and roles need to know of their ModelServing besides the templates.</summary>
/// <param name="ServingUid">The UID of the ModelServing that owns the pods.</param>
/// <param name="SchedulerName">The scheduler for every pod.</param>
/// <param name="RecoveryPolicy">What is rebuilt when a pod fails.</param>
/// <param name="RestartGrace">How long a failed pod may recover by itself.</param>
[GenerateSerializer, Immutable, Alias("kthena.ServingPolicies")]
public sealed record ServingPolicies(
    [property: Id(0)] string ServingUid,
    [property: Id(1)] string SchedulerName,
    [property: Id(2)] RecoveryPolicy RecoveryPolicy,
    [property: Id(3)] TimeSpan RestartGrace)
{
    /// <summary>How long a pod that serves takes no new requests before a recorded step deletes it.</summary>
    [Id(4)]
    public TimeSpan DrainPeriod { get; init; }

    /// <summary>Whether each group has a PodGroup, which its pods are to name.</summary>
    [Id(5)]
    public bool IsGangScheduled { get; init; }

    /// <summary><c>spec.plugins</c> of the ModelServing; absent for none.</summary>
    [Id(6)]
    public RawJson Plugins { get; init; }
}
