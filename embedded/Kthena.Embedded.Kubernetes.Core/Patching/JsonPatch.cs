using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Patching;

/// <summary>RFC 6902, all or nothing: the caller throws the changed copy away when an operation fails.</summary>
internal static class JsonPatch
{
    private const int OperationsMost = 10_000;

    /// <summary>Applies all operations to the object in place.</summary>
    /// <exception cref="ApiError">An operation is malformed, names nothing, or a test fails.</exception>
    public static void Apply(JsonObject target, JsonArray operations, ResourceKind kind, string name)
    {
        if (operations.Count > OperationsMost)
            throw ApiError.BadRequest($"The allowed maximum operations in a JSON patch is {OperationsMost}, got {operations.Count}");
        foreach (JsonNode? operation in operations)
        {
            string path = operation.String("path") ?? throw ApiError.BadRequest("a JSON patch operation has no path");
            string[] tokens = JsonPointer.Parse(path);
            switch (operation.String("op"))
            {
                case "add":
                    Add(target, tokens, Value(operation), path);
                    break;
                case "replace":
                    Remove(target, tokens, path);
                    Add(target, tokens, Value(operation), path);
                    break;
                case "remove":
                    Remove(target, tokens, path);
                    break;
                case "move":
                    JsonNode? moved = From(target, operation);
                    Remove(target, JsonPointer.Parse(operation.String("from")!), operation.String("from")!);
                    Add(target, tokens, moved, path);
                    break;
                case "copy":
                    Add(target, tokens, From(target, operation), path);
                    break;
                case "test":
                    JsonNode? expected = Value(operation);
                    if (!JsonPointer.TryGet(target, tokens, out JsonNode? actual) || !JsonNode.DeepEquals(actual, expected))
                        throw ApiError.Invalid(kind, name, [FieldError.Invalid(path, Json.Text(actual), "the value differs from the one that the patch tests for")]);
                    break;
                default:
                    throw ApiError.BadRequest($"unknown JSON patch operation \"{operation.String("op")}\"");
            }
        }
    }

    private static JsonNode? Value(JsonNode? operation) =>
        operation is JsonObject json && json.TryGetPropertyValue("value", out JsonNode? value)
            ? value?.DeepClone()
            : throw ApiError.BadRequest("a JSON patch operation has no value");

    private static JsonNode? From(JsonObject target, JsonNode? operation)
    {
        string from = operation.String("from") ?? throw ApiError.BadRequest("a JSON patch operation has no from");
        return JsonPointer.TryGet(target, JsonPointer.Parse(from), out JsonNode? value) ? value?.DeepClone() : throw Missing(from);
    }

    private static void Add(JsonObject root, string[] tokens, JsonNode? value, string path)
    {
        if (tokens.Length == 0)
            throw ApiError.BadRequest("a JSON patch cannot replace the whole object");
        if (!JsonPointer.TryGet(root, tokens.AsSpan(..^1), out JsonNode? parent))
            throw Missing(path);
        switch (parent)
        {
            case JsonObject json:
                json[tokens[^1]] = value;
                break;
            case JsonArray array when tokens[^1] == "-":
                array.Add(value);
                break;
            case JsonArray array when JsonPointer.Index(tokens[^1], array.Count) is { } index:
                array.Insert(index, value);
                break;
            default:
                throw Missing(path);
        }
    }

    private static void Remove(JsonObject root, string[] tokens, string path)
    {
        if (tokens.Length == 0 || !JsonPointer.TryGet(root, tokens.AsSpan(..^1), out JsonNode? parent))
            throw Missing(path);
        bool isRemoved = parent switch
        {
            JsonObject json => json.Remove(tokens[^1]),
            JsonArray array when JsonPointer.Index(tokens[^1], array.Count - 1) is { } index => RemoveAt(array, index),
            _ => false,
        };
        if (!isRemoved)
            throw Missing(path);
    }

    private static bool RemoveAt(JsonArray array, int index)
    {
        array.RemoveAt(index);
        return true;
    }

    private static ApiError Missing(string path) =>
        ApiError.BadRequest($"the JSON patch names \"{path}\", which does not exist in the object");
}
