using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>What a disruptive step is for.</summary>
public enum OperationStep
{
    /// <summary>Fewer groups are wanted.</summary>
    ScaleDown,

    /// <summary>Fewer instances of a role are wanted.</summary>
    RoleScaleDown,

    /// <summary>A group is replaced by one of the update revision.</summary>
    RollingUpdate,

    /// <summary>A role instance is replaced by one of the update revision.</summary>
    RoleRollingUpdate,
}

/// <summary>What a step takes away: a whole group, or one role instance of it. Compared by content.</summary>
/// <param name="Group">The group's ordinal.</param>
/// <param name="Uids">The pods that were there when the step was recorded; only these are deleted.</param>
public sealed record OperationVictim(int Group, ImmutableArray<string> Uids)
{
    /// <summary>The role's name; null when the whole group goes.</summary>
    public string? Role { get; init; }

    /// <summary>The role instance's ordinal; 0 when the whole group goes.</summary>
    public int Ordinal { get; init; }

    /// <summary>Whether both name the same pods.</summary>
    /// <param name="other">The victim to compare with.</param>
    public bool Equals(OperationVictim? other) =>
        other is not null && Group == other.Group && Role == other.Role && Ordinal == other.Ordinal
        && Uids.AsSpan().SequenceEqual(other.Uids.AsSpan());

    /// <summary>A hash that agrees with <see cref="Equals(OperationVictim)"/>; never used for order.</summary>
    public override int GetHashCode() => Group;
}

/// <summary>
/// A disruptive step, recorded on the ModelServing before anything is deleted, so that whichever activation is alive
/// carries out the same one. Compared by content.
/// </summary>
/// <param name="Step">What it is for.</param>
/// <param name="TargetRevision">The revision that the ModelServing goes to.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Time">When it was decided.</param>
/// <param name="Victims">What it takes away.</param>
public sealed record Operation(
    OperationStep Step,
    string TargetRevision,
    string Reason,
    DateTimeOffset Time,
    ImmutableArray<OperationVictim> Victims)
{
    /// <summary>Whether both are the same step with the same victims.</summary>
    /// <param name="other">The operation to compare with.</param>
    public bool Equals(Operation? other) =>
        other is not null && Step == other.Step && TargetRevision == other.TargetRevision && Reason == other.Reason
        && Time == other.Time && Victims.AsSpan().SequenceEqual(other.Victims.AsSpan());

    /// <summary>A hash that agrees with <see cref="Equals(Operation)"/>; never used for order.</summary>
    public override int GetHashCode() => Victims.Length;
}

/// <summary>The annotation that holds recorded steps.</summary>
public static class OperationsAnnotation
{
    /// <summary>Reads the annotation. What cannot be read holds no step: nothing is deleted for it, and it is written anew.</summary>
    /// <param name="annotations">The ModelServing's annotations.</param>
    public static ImmutableArray<Operation> Read(LabelSet annotations)
    {
        if (annotations[ServingLabels.Operations] is not { Length: > 0 } text)
            return [];
        try
        {
            return JsonNode.Parse(text) is JsonArray list ? [.. list.Select(static node => ReadOne(node ?? throw Missing("step")))] : [];
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException
            or NullReferenceException or ArgumentException)
        {
            return [];
        }
    }

    /// <summary>The groups that recorded steps take away, or take role instances from.</summary>
    /// <param name="annotations">The ModelServing's annotations.</param>
    public static IEnumerable<int> GroupsOf(LabelSet annotations) =>
        Read(annotations).SelectMany(static operation => operation.Victims).Select(static victim => victim.Group).Distinct();

    /// <summary>The annotation's text; empty for no step.</summary>
    /// <param name="operations">The steps.</param>
    public static string Write(ImmutableArray<Operation> operations) =>
        operations.Length == 0 ? "" : new JsonArray([.. operations.Select(WriteOne)]).ToRaw().ToString();

    private static Operation ReadOne(JsonNode json) => new(
        Enum.Parse<OperationStep>((string)json["step"]!),
        (string?)json["targetRevision"] ?? "",
        (string?)json["reason"] ?? "",
        DateTimeOffset.Parse((string)json["time"]!, CultureInfo.InvariantCulture),
        [.. List(json, "victims").Select(static victim => ReadVictim(victim))]);

    private static OperationVictim ReadVictim(JsonNode? json) => json is JsonObject victim
        ? new OperationVictim((int?)victim["group"] ?? throw Missing("group"), [.. List(victim, "uids").Select(static uid => (string?)uid ?? "")])
        {
            Role = (string?)victim["role"],
            Ordinal = (int?)victim["ordinal"] ?? 0,
        }
        : throw Missing("victims");

    private static JsonArray List(JsonNode json, string name) => json[name] as JsonArray ?? throw Missing(name);

    private static FormatException Missing(string name) => new($"A recorded step has no readable field '{name}'.");

    private static JsonNode WriteOne(Operation operation) => new JsonObject
    {
        ["step"] = operation.Step.ToString(),
        ["reason"] = operation.Reason,
        ["targetRevision"] = operation.TargetRevision,
        ["time"] = operation.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ["victims"] = new JsonArray([.. operation.Victims.Select(WriteVictim)]),
    };

    private static JsonNode WriteVictim(OperationVictim victim)
    {
        var json = new JsonObject { ["group"] = victim.Group };
        if (victim.Role is not null)
        {
            json["role"] = victim.Role;
            json["ordinal"] = victim.Ordinal;
        }
        json["uids"] = new JsonArray([.. victim.Uids.Select(static uid => (JsonNode?)uid)]);
        return json;
    }
}
