using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Protobuf;

namespace Kthena.Embedded.Kubernetes.Core.Requests;

/// <summary>A request's body as JSON, and the members that it names twice.</summary>
internal sealed record RequestBody(JsonNode Json, ImmutableArray<string> Duplicates)
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = Objects.Json.DepthMost, AllowDuplicateProperties = false };

    /// <summary>The body as one object.</summary>
    /// <exception cref="ApiError">It is something else.</exception>
    public JsonObject AsObject() =>
        Json as JsonObject ?? throw ApiError.BadRequest($"the request body must be a JSON object, not {Json.GetValueKind()}");

    /// <summary>Reads the body of a create, update or delete.</summary>
    /// <exception cref="ApiError">The content type is not served, or the body is malformed.</exception>
    public static RequestBody Read(ApiRequest request)
    {
        return MediaTypes.Bare(request.ContentType) switch
        {
            MediaTypes.Json or MediaTypes.Yaml or "" or "text/json" or "*/*" => ReadJson(request.Body),
            MediaTypes.Protobuf => new RequestBody(ProtobufBodies.ToJson(request.Body.Span), []),
            string other => throw ApiError.UnsupportedMediaType(
                $"the body of the request was in an unknown format - accepted media types include: {MediaTypes.Json}, {MediaTypes.Protobuf}; not {other}"),
        };
    }

    /// <summary>Reads JSON; of a doubled member the last wins and the path is kept.</summary>
    public static RequestBody ReadJson(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.IsEmpty)
            throw ApiError.BadRequest("the request body is empty");
        try
        {
            // The quick way keeps text unparsed until it is touched and fails on a doubled member.
            return new RequestBody(JsonNode.Parse(utf8.Span, documentOptions: Strict) ?? throw ApiError.BadRequest("the request body is null"), []);
        }
        catch (JsonException)
        {
            return ReadCarefully(utf8.Span);
        }
    }

    private static RequestBody ReadCarefully(ReadOnlySpan<byte> utf8)
    {
        var duplicates = ImmutableArray.CreateBuilder<string>();
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = Objects.Json.DepthMost });
            reader.Read();
            JsonNode? node = ReadValue(ref reader, "", duplicates);
            if (reader.Read())
                throw ApiError.BadRequest("the request body holds more than one JSON value");
            return new RequestBody(node ?? throw ApiError.BadRequest("the request body is null"), duplicates.ToImmutable());
        }
        catch (JsonException malformed)
        {
            throw ApiError.BadRequest($"the request body is not valid JSON: {malformed.Message}");
        }
    }

    private static JsonNode? ReadValue(ref Utf8JsonReader reader, string path, ImmutableArray<string>.Builder duplicates)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var json = new JsonObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    string name = reader.GetString()!;
                    string at = path.Length == 0 ? name : $"{path}.{name}";
                    if (json.ContainsKey(name))
                        duplicates.Add(at);
                    reader.Read();
                    json[name] = ReadValue(ref reader, at, duplicates);
                }
                return json;
            case JsonTokenType.StartArray:
                var array = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    array.Add(ReadValue(ref reader, $"{path}[{array.Count}]", duplicates));
                return array;
            case JsonTokenType.Null:
                return null;
            default:
                using (JsonDocument value = JsonDocument.ParseValue(ref reader))
                    return JsonValue.Create(value.RootElement.Clone());
        }
    }
}
