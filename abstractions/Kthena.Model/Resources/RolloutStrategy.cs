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
        };
    }
}
