using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>How close to each other the pods of a group, and those of a role instance, must be.</summary>
public sealed record NetworkTopology
{
    /// <summary>For the whole group, in the form of Volcano's PodGroup; absent for no such wish.</summary>
    public RawJson GroupPolicy { get; init; }

    /// <summary>For each role instance, in the same form; absent for no such wish.</summary>
    public RawJson RolePolicy { get; init; }

    /// <summary>Reads <c>spec.template.networkTopology</c>.</summary>
    /// <param name="json">The field; undefined gives no wishes.</param>
    public static NetworkTopology Parse(JsonElement json) => new()
    {
        GroupPolicy = RawJson.From(json.Field("groupPolicy")),
        RolePolicy = RawJson.From(json.Field("rolePolicy")),
    };
}
