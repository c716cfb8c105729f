using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>How a changed template reaches running groups.</summary>
public sealed record RolloutStrategy
{
    /// <summary>Whether roles are replaced one by one instead of whole groups.</summary>
    public bool IsRoleRollingUpdate { get; init; }

    /// <summary>How many groups may be unavailable at once; a percentage is of <c>spec.replicas</c>, rounded down.</summary>
    public IntOrPercent MaxUnavailable { get; init; } = IntOrPercent.FromInt(1);

    /// <summary>How many groups, from the lowest ordinal, keep the old revision; a percentage is rounded up. Null is none.</summary>
    public IntOrPercent? Partition { get; init; }

    /// <summary>How many groups a rollout may add for its time; a percentage is rounded up. Null is none. Unknown to upstream.</summary>
    public IntOrPercent? MaxSurge { get; init; }

    /// <summary>Whether no further group or role instance is replaced for now; null is no. Unknown to upstream.</summary>
    public bool? IsPaused { get; init; }

    /// <summary>How long a rollout may stand without progress before a condition says so; null is ten minutes. Unknown to upstream.</summary>
    public TimeSpan? ProgressDeadline { get; init; }

    /// <summary>
    /// Under RoleRollingUpdate: how many groups may be unavailable at once; a percentage is of <c>spec.replicas</c>, rounded
    /// down. Null is all. Unknown to upstream.
    /// </summary>
    public IntOrPercent? GroupsMaxUnavailable { get; init; }

    /// <summary>Reads <c>spec.rolloutStrategy</c>.</summary>
    /// <param name="json">The strategy; undefined gives the defaults.</param>
    /// <exception cref="FormatException">The type is unknown or a number is malformed.</exception>
    public static RolloutStrategy Parse(JsonElement json)
    {
        JsonElement configuration = json.Field("rollingUpdateConfiguration");
        return new RolloutStrategy
        {
            IsRoleRollingUpdate = json.Text("type") switch
            {
                null or "ServingGroupRollingUpdate" => false,
                "RoleRollingUpdate" => true,
                string other => throw new FormatException($"Field 'rolloutStrategy.type' has the unknown value '{other}'."),
            },
            MaxUnavailable = configuration.IntOrPercentage("maxUnavailable") ?? IntOrPercent.FromInt(1),
            Partition = configuration.IntOrPercentage("partition"),
            MaxSurge = configuration.IntOrPercentage("maxSurge"),
            IsPaused = json.Boolean("paused"),
            ProgressDeadline = json.Int64("progressDeadlineSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            GroupsMaxUnavailable = json.IntOrPercentage("groupsMaxUnavailable"),
        };
    }
}
