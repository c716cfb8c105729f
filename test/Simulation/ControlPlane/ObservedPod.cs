using System.Text.Json.Nodes;
using Kthena.Model.Serving;

namespace Kthena.Simulation.ControlPlane;

/// <summary>A pod as it was last written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="Instance">Its group and role instance.</param>
/// <param name="Phase">What its node reports.</param>
/// <param name="IsReady">Whether its node reports it as ready.</param>
/// <param name="Image">What it runs.</param>
/// <param name="Revision">The revision that it was made from.</param>
/// <param name="PodGroup">The PodGroup that it names; null when it names none.</param>
internal sealed record ObservedPod(string Name, string Uid, string Instance, string Phase, bool IsReady, string Image, string Revision, string? PodGroup)
{
    /// <summary>Whether it is the entry pod of its role instance: by the naming rule the one with index 0.</summary>
    public bool IsEntry => Name.EndsWith("-0", StringComparison.Ordinal);

    /// <summary>Its group.</summary>
    public string Group => Instance.Split('/')[0];

    public static ObservedPod Read(JsonObject json)
    {
        JsonNode metadata = json["metadata"]!;
        JsonNode? status = json["status"];
        return new ObservedPod(
            (string)metadata["name"]!,
            (string)metadata["uid"]!,
            $"{metadata["labels"]?[ServingLabels.GroupName]}/{metadata["labels"]?[ServingLabels.RoleId]}",
            (string?)status?["phase"] ?? "",
            status?["conditions"] is JsonArray conditions
                && conditions.Any(static one => (string?)one!["type"] == "Ready" && (string?)one["status"] == "True"),
            (string)json["spec"]!["containers"]![0]!["image"]!,
            (string?)metadata["labels"]?[ServingLabels.Revision] ?? "",
            (string?)metadata["annotations"]?[GangLabels.GroupName]);
    }
}
