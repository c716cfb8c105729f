using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;

namespace Kthena.Embedded.Kubernetes.Core.Patching;

/// <summary>RFC 6901 pointers into a mutable document.</summary>
internal static class JsonPointer
{
    public static string[] Parse(string pointer)
    {
        if (pointer.Length == 0)
            return [];
        if (pointer[0] != '/')
            throw ApiError.BadRequest($"invalid JSON pointer \"{pointer}\": it must start with a slash");
        return [.. pointer[1..].Split('/').Select(static token =>
            token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
    }

    /// <summary>The value at a pointer; false when nothing is there.</summary>
    public static bool TryGet(JsonNode? root, ReadOnlySpan<string> tokens, out JsonNode? value)
    {
        value = root;
        foreach (string token in tokens)
        {
            switch (value)
            {
                case JsonObject json when json.TryGetPropertyValue(token, out JsonNode? member):
                    value = member;
                    break;
                case JsonArray array when Index(token, array.Count - 1) is { } index:
                    value = array[index];
                    break;
                default:
                    value = null;
                    return false;
            }
        }
        return true;
    }

    /// <summary>An index of an array, or null when it is no number or too large.</summary>
    public static int? Index(string token, int largest) =>
        int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index <= largest ? index : null;
}
