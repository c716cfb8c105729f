using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model.Resources;

namespace Kthena.Admission.Tests;

/// <summary>Objects written short: a legal one, with changes given as a JSON merge patch of its spec.</summary>
internal static class Objects
{
    public static JsonElement Make(string spec, string changes = "{}")
    {
        JsonNode? changed = Merge(JsonNode.Parse(spec), JsonNode.Parse(changes));
        return JsonElement.Parse($$"""{"metadata":{"name":"x"},"spec":{{changed!.ToJsonString()}}}""");
    }

    public static void ShouldBeOnly(this ImmutableArray<AdmissionError> errors, string field, string message)
    {
        AdmissionError error = errors.ShouldHaveSingleItem();
        error.Field.ShouldBe(field);
        error.Detail.ShouldContain(message);
    }

    public static void ShouldBeAdmitted(ResourceKind kind, JsonElement json)
    {
        AdmissionRules.CheckDefinition(kind, json, null).ShouldBeEmpty();
        AdmissionRules.Check(kind, json).ShouldBeEmpty();
    }

    /// <summary>RFC 7386, and a member called <c>N</c> changes item N of a list.</summary>
    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        if (target is JsonArray list)
        {
            foreach ((string at, JsonNode? change) in changes)
                list[int.Parse(at, System.Globalization.CultureInfo.InvariantCulture)] = Merge(list[int.Parse(at, System.Globalization.CultureInfo.InvariantCulture)], change);
            return list.DeepClone();
        }
        JsonObject merged = (target as JsonObject)?.DeepClone().AsObject() ?? [];
        foreach ((string name, JsonNode? change) in changes)
        {
            if (change is null)
                merged.Remove(name);
            else
                merged[name] = Merge(merged[name], change)?.DeepClone();
        }
        return merged;
    }
}
