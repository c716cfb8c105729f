using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Planning.Serving;

/// <summary>Writes the JSON of plans: compact, and unchanged where a user's own text passes through.</summary>
internal static class PlannedJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static RawJson ToRaw(this JsonNode node)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Options))
            node.WriteTo(writer);
        return new RawJson(buffer.WrittenMemory);
    }

    public static JsonNode ToNode(this RawJson json) => JsonNode.Parse(json.Utf8.Span)
        ?? throw new FormatException("A JSON object was expected where null stands.");

    public static JsonObject ToObject(this LabelSet labels)
    {
        var json = new JsonObject();
        foreach (KeyValuePair<string, string> pair in labels.Pairs)
            json[pair.Key] = pair.Value;
        return json;
    }

    /// <summary>A condition as a status holds it.</summary>
    public static JsonNode Condition(Condition condition)
    {
        var json = new JsonObject
        {
            ["type"] = condition.Type,
            ["status"] = condition.Status,
            ["reason"] = condition.Reason,
            ["message"] = condition.Message,
        };
        if (condition.ObservedGeneration > 0)
            json["observedGeneration"] = condition.ObservedGeneration;
        if (condition.LastTransitionTime is { } time)
            json["lastTransitionTime"] = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return json;
    }

    /// <summary>The envelope of an object that a ModelServing owns.</summary>
    public static JsonObject OwnedObject(ResourceKind kind, NamespacedName name, LabelSet labels, NamespacedName serving, string servingUid)
    {
        var metadata = new JsonObject
        {
            ["name"] = name.Name,
            ["namespace"] = name.Namespace,
            ["labels"] = labels.ToObject(),
            ["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = ResourceKinds.ModelServing.ApiVersion,
                ["kind"] = ResourceKinds.ModelServing.Kind,
                ["name"] = serving.Name,
                ["uid"] = servingUid,
                ["controller"] = true,
                ["blockOwnerDeletion"] = true,
            }),
        };
        return new JsonObject { ["apiVersion"] = kind.ApiVersion, ["kind"] = kind.Kind, ["metadata"] = metadata };
    }
}
