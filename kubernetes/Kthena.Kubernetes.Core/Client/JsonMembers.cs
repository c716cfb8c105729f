using System.Text.Json;

namespace Kthena.Kubernetes.Core;

/// <summary>Reads members that may be absent or of another type.</summary>
internal static class JsonMembers
{
    public static JsonElement Member(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) ? value : default;

    public static string? TextOrNull(this JsonElement json) =>
        json.ValueKind == JsonValueKind.String ? json.GetString() : null;
}
