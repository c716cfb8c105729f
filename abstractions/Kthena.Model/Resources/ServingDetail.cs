using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>
/// <c>status.detail</c> of a ModelServing: what its groups and roles do, in a bounded space. Unknown to upstream, whose
/// definition drops it. Compared by content.
/// </summary>
public sealed record ServingDetail
{
    /// <summary>Counts of role instances for each role, ascending by name.</summary>
    public ImmutableArray<RoleDetail> Roles { get; init; } = [];

    /// <summary>One line for each group, ascending by ordinal.</summary>
    public ImmutableArray<GroupDetail> Groups { get; init; } = [];

    /// <summary>Role instances that do not run, ascending by group, role and ordinal.</summary>
    public ImmutableArray<InstanceDetail> NotRunning { get; init; } = [];

    /// <summary>Whether something was left out for want of space.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>Reads <c>status.detail</c>.</summary>
    /// <param name="json">The detail.</param>
    public static ServingDetail Parse(JsonElement json) => new()
    {
        Roles = json.Items("roles", RoleDetail.Parse),
        Groups = json.Items("groups", GroupDetail.Parse),
        NotRunning = json.Items("notRunning", InstanceDetail.Parse),
        IsTruncated = json.Boolean("truncated") ?? false,
    };

    /// <summary>Whether both tell the same.</summary>
    /// <param name="other">The detail to compare with.</param>
    public bool Equals(ServingDetail? other) =>
        other is not null
        && IsTruncated == other.IsTruncated
        && Roles.AsSpan().SequenceEqual(other.Roles.AsSpan())
        && Groups.AsSpan().SequenceEqual(other.Groups.AsSpan())
        && NotRunning.AsSpan().SequenceEqual(other.NotRunning.AsSpan());

    /// <summary>A hash that agrees with <see cref="Equals(ServingDetail)"/>; never used for order.</summary>
    public override int GetHashCode() => Groups.Length;
}

/// <summary>The instances of one role in all groups, counted. Compared by content.</summary>
/// <param name="Name">The role's name.</param>
public sealed record RoleDetail(string Name)
{
    /// <summary>How many instances there are.</summary>
    public int Replicas { get; init; }

    /// <summary>How many are in which phase, ascending by phase; those with none are left out.</summary>
    public ImmutableArray<KeyValuePair<string, int>> Phases { get; init; } = [];

    /// <summary>How many are of which revision, ascending by revision.</summary>
    public ImmutableArray<KeyValuePair<string, int>> Revisions { get; init; } = [];

    /// <summary>Reads one entry.</summary>
    /// <param name="json">The entry.</param>
    public static RoleDetail Parse(JsonElement json) => new(json.Text("name") ?? "")
    {
        Replicas = json.Int32("replicas") ?? 0,
        Phases = Counts(json, "phases"),
        Revisions = Counts(json, "revisions"),
    };

    /// <summary>Whether both tell the same.</summary>
    /// <param name="other">The entry to compare with.</param>
    public bool Equals(RoleDetail? other) =>
        other is not null
        && Name == other.Name
        && Replicas == other.Replicas
        && Phases.AsSpan().SequenceEqual(other.Phases.AsSpan())
        && Revisions.AsSpan().SequenceEqual(other.Revisions.AsSpan());

    /// <summary>A hash that agrees with <see cref="Equals(RoleDetail)"/>; never used for order.</summary>
    public override int GetHashCode() => Replicas;

    private static ImmutableArray<KeyValuePair<string, int>> Counts(JsonElement json, string name)
    {
        JsonElement counts = json.Field(name);
        return counts.ValueKind != JsonValueKind.Object
            ? []
            :
            [
                .. counts.EnumerateObject()
                    .Select(count => KeyValuePair.Create(count.Name, counts.Int32(count.Name) ?? 0))
                    .OrderBy(static count => count.Key, StringComparer.Ordinal),
            ];
    }
}

/// <summary>One group.</summary>
/// <param name="Ordinal">The group's ordinal.</param>
/// <param name="Phase"><c>Creating</c>, <c>Running</c> or <c>Deleting</c>.</param>
/// <param name="Revision">The revision that its pods have.</param>
/// <param name="Running">Role instances that run.</param>
/// <param name="Wanted">Role instances that are wanted.</param>
public sealed record GroupDetail(int Ordinal, string Phase, string Revision, int Running, int Wanted)
{
    /// <summary><c>running/wanted</c>.</summary>
    public string Ready => string.Create(CultureInfo.InvariantCulture, $"{Running}/{Wanted}");

    /// <summary>Reads one entry.</summary>
    /// <param name="json">The entry.</param>
    public static GroupDetail Parse(JsonElement json)
    {
        string[] ready = (json.Text("ready") ?? "").Split('/');
        return new GroupDetail(
            json.Int32("group") ?? 0, json.Text("phase") ?? "", json.Text("revision") ?? "", Number(ready, 0), Number(ready, 1));
    }

    private static int Number(string[] parts, int at) =>
        at < parts.Length && int.TryParse(parts[at], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}

/// <summary>One role instance that does not run.</summary>
/// <param name="Group">Its group's ordinal.</param>
/// <param name="Role">The role's name.</param>
/// <param name="Ordinal">The instance's ordinal.</param>
/// <param name="Phase">Where it stands.</param>
/// <param name="Message">What keeps it from running; empty when nothing is known to.</param>
public sealed record InstanceDetail(int Group, string Role, int Ordinal, string Phase, string Message)
{
    /// <summary>Reads one entry.</summary>
    /// <param name="json">The entry.</param>
    public static InstanceDetail Parse(JsonElement json) => new(
        json.Int32("group") ?? 0, json.Text("role") ?? "", json.Int32("instance") ?? 0, json.Text("phase") ?? "", json.Text("message") ?? "");
}
