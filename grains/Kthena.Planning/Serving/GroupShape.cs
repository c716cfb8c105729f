using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>How many instances of each role a group had when it was whole: the fact by which a loss is told from a group that is still being built.</summary>
internal static class GroupShape
{
    /// <summary>Reads <c>decode=2,prefill=1</c>; what is not of that form tells nothing.</summary>
    public static ImmutableSortedDictionary<string, int> Read(string text)
    {
        var counts = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach (string pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && int.TryParse(pair.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count))
                counts[pair[..equals]] = count;
        }
        return counts.ToImmutable();
    }

    /// <summary>Writes the shape of a group that has as many instances as its roles want.</summary>
    public static string Write(ImmutableArray<RoleDefinition> roles) => string.Join(
        ',', roles.OrderBy(static role => role.Name, StringComparer.Ordinal).Select(static role => $"{role.Name}={role.Replicas}"));

    /// <summary>What a child stands for: what it was told, else what its pod says. Victims stand for nothing any more.</summary>
    public static string Of(RoleChild child)
    {
        string text = child.Assigned is { GroupShape.Length: > 0 } told ? told.GroupShape : child.Summary.GroupShape;
        return text.Contains('=', StringComparison.Ordinal) ? text : "";
    }

    /// <summary>
    /// Whether every role has as many whole instances as it wants. Their pods are counted: an instance that does not know yet
    /// what is wanted of it cannot tell that some are missing.
    /// </summary>
    public static bool IsWhole(ImmutableArray<RoleDefinition> roles, IReadOnlyCollection<RoleChild> staying) => roles.All(role =>
    {
        int pods = PodsPerInstance(role);
        return staying.Count(child => child.Summary.Role == role.Name
            && child.Summary.PodUids.Length >= pods
            && child.Summary.Phase is (RolePhase.Starting or RolePhase.Running or RolePhase.Degraded)) >= role.Replicas;
    });

    /// <summary>Whether an instance that once stood, and is still wanted, has no pod.</summary>
    public static bool IsBroken(ImmutableArray<RoleDefinition> roles, IReadOnlyCollection<RoleChild> staying)
    {
        ImmutableArray<ImmutableSortedDictionary<string, int>> shapes =
            [.. staying.Where(static child => child.Summary.PodUids.Length > 0).Select(Of).Distinct(StringComparer.Ordinal).Select(Read)];
        return roles.Any(role =>
        {
            int once = shapes.Select(shape => shape.GetValueOrDefault(role.Name)).DefaultIfEmpty().Max();
            return staying.Count(child => child.Summary.Role == role.Name && child.Summary.PodUids.Length > 0) < Math.Min(once, role.Replicas);
        });
    }

    private static int PodsPerInstance(RoleDefinition role)
    {
        if (role.Json.IsAbsent)
            return 1;
        using JsonDocument document = JsonDocument.Parse(role.Json.Utf8);
        return 1 + (document.RootElement.TryGetProperty("workerReplicas", out JsonElement workers) ? workers.GetInt32() : 0);
    }
}
