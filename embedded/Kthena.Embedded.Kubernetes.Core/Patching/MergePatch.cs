using System.Text.Json.Nodes;

namespace Kthena.Embedded.Kubernetes.Core.Patching;

/// <summary>RFC 7386: null removes, objects merge, everything else replaces.</summary>
internal static class MergePatch
{
    public static void Apply(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null)
                target.Remove(name);
            else if (value is not JsonObject part)
                target[name] = value.DeepClone();
            else if (target.TryGetPropertyValue(name, out JsonNode? current) && current is JsonObject inner)
                Apply(inner, part);
            else
                target[name] = WithoutNulls(part);
        }
    }

    private static JsonObject WithoutNulls(JsonObject patch)
    {
        var made = new JsonObject();
        Apply(made, patch);
        return made;
    }
}
