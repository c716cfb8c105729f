using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>One entry of <c>status.conditions</c>.</summary>
/// <param name="Type">What is said, such as <c>Ready</c>.</param>
/// <param name="Status"><c>True</c>, <c>False</c> or <c>Unknown</c>.</param>
public sealed record Condition(string Type, string Status)
{
    /// <summary>A CamelCase word for machines.</summary>
    public string Reason { get; init; } = "";

    /// <summary>A sentence for people.</summary>
    public string Message { get; init; } = "";

    /// <summary>When <see cref="Status"/> last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>The generation that this was said of; 0 where unset.</summary>
    public long ObservedGeneration { get; init; }

    /// <summary>Whether the status is <c>True</c>.</summary>
    public bool IsTrue => Status == "True";

    /// <summary>Reads one entry.</summary>
    /// <param name="json">The entry.</param>
    public static Condition Parse(JsonElement json) => new(json.Text("type") ?? "", json.Text("status") ?? "Unknown")
    {
        Reason = json.Text("reason") ?? "",
        Message = json.Text("message") ?? "",
        LastTransitionTime = json.Instant("lastTransitionTime"),
        ObservedGeneration = json.Int64("observedGeneration") ?? 0,
    };
}
