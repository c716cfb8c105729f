using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>How much of a group must be placed at once.</summary>
/// <param name="MinRoleReplicas">Instances of roles that must be; of a role that is not named all, but never more than it has.</param>
public sealed record GangPolicy(ImmutableSortedDictionary<string, int> MinRoleReplicas)
{
    /// <summary>Reads <c>spec.template.gangPolicy</c>.</summary>
    /// <param name="json">The field.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="FormatException">A minimum is no number.</exception>
    public static GangPolicy? Parse(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return null;
        JsonElement minimums = json.Field("minRoleReplicas");
        return new GangPolicy(minimums.ValueKind != JsonValueKind.Object
            ? ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal)
            : minimums.EnumerateObject().ToImmutableSortedDictionary(
                static minimum => minimum.Name, minimum => minimums.Int32(minimum.Name) ?? 0, StringComparer.Ordinal));
    }
}
