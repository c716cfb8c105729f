using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Requests;

namespace Kthena.Embedded.Kubernetes.Core.Discovery;

/// <summary>
/// OpenAPI v3, one document for each version: enough for kubectl to validate on the server, to merge and to explain.
/// PATCH of built-in kinds names no strategic merge patch on purpose: kubectl then merges by its own, complete merge keys.
/// </summary>
internal sealed class OpenApiDocuments(KindRegistry registry)
{
    private readonly SortedDictionary<string, (int Generation, ReadOnlyMemory<byte> Body)> _documents = new(StringComparer.Ordinal);

    /// <summary><c>/openapi/v3</c>: where the documents are.</summary>
    public ApiResponse Index()
    {
        var paths = new JsonObject();
        foreach (string key in registry.All.Select(KeyOf).Distinct())
            paths[key] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{key}?hash={registry.Generation}" };
        return ApiResponse.Json(200, Json.Write(new JsonObject { ["paths"] = paths }));
    }

    /// <summary>One document, such as <c>api/v1</c> or <c>apis/GROUP/VERSION</c>.</summary>
    public ApiResponse Document(string key)
    {
        if (_documents.TryGetValue(key, out (int Generation, ReadOnlyMemory<byte> Body) known) && known.Generation == registry.Generation)
            return ApiResponse.Json(200, known.Body);
        List<ApiKind> kinds = [.. registry.All.Where(kind => KeyOf(kind) == key)];
        if (kinds.Count == 0)
            throw ApiError.NoSuchPath();
        byte[] body = Json.Write(Build(kinds));
        _documents[key] = (registry.Generation, body);
        return ApiResponse.Json(200, body);
    }

    private static string KeyOf(ApiKind kind) =>
        kind.Resource.Group.Length == 0 ? $"api/{kind.Resource.Version}" : $"apis/{kind.Resource.Group}/{kind.Resource.Version}";

    private static JsonObject Build(List<ApiKind> kinds)
    {
        var paths = new JsonObject();
        var schemas = new JsonObject { [ObjectMetaSchema.Name] = ObjectMetaSchema.Build() };
        foreach (ApiKind kind in kinds)
        {
            schemas[SchemaName(kind)] = Schema(kind);
            string collection = kind.Resource.CollectionPath(kind.Resource.IsNamespaced ? "{namespace}" : null);
            paths[collection] = Path(kind, ("get", "list"), ("post", "post"), ("delete", "deletecollection"));
            paths[$"{collection}/{{name}}"] = Path(kind, ("get", "get"), ("put", "put"), ("patch", "patch"), ("delete", "delete"));
            if (kind.HasStatus)
                paths[$"{collection}/{{name}}/status"] = Path(kind, ("get", "get"), ("put", "put"), ("patch", "patch"));
        }
        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kthena embedded API server", ["version"] = "v1.32.0" },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    private static JsonObject Path(ApiKind kind, params ReadOnlySpan<(string Method, string Action)> operations)
    {
        var path = new JsonObject();
        foreach ((string method, string action) in operations)
            path[method] = Operation(kind, method, action);
        return path;
    }

    private static JsonObject Operation(ApiKind kind, string method, string action)
    {
        JsonObject Content() => new()
        {
            ["application/json"] = new JsonObject { ["schema"] = Reference(kind) },
        };
        var operation = new JsonObject
        {
            ["operationId"] = $"{action}{kind.Resource.Kind}",
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = Gvk(kind),
            ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK", ["content"] = Content() } },
        };
        if (method is not ("post" or "put" or "patch"))
            return operation;
        var parameters = new JsonArray();
        foreach (string name in (string[])["dryRun", "fieldManager", "fieldValidation"])
            parameters.Add(Parameter(name));
        operation["parameters"] = parameters;
        JsonObject content = Content();
        if (method == "patch")
        {
            content = [];
            foreach (string type in (string[])[MediaTypes.JsonPatch, MediaTypes.MergePatch, MediaTypes.ApplyPatch])
                content[type] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "object" } };
        }
        operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = content };
        return operation;
    }

    private static JsonObject Parameter(string name) => new()
    {
        ["name"] = name,
        ["in"] = "query",
        ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true },
    };

    private static JsonObject Schema(ApiKind kind)
    {
        JsonObject schema = kind.SchemaJson.ValueKind == System.Text.Json.JsonValueKind.Object
            ? JsonNode.Parse(kind.SchemaJson.GetRawText())!.AsObject()
            : BuiltInSchemas.Of(kind);
        JsonObject properties = schema.EnsureObject("properties");
        properties["apiVersion"] = new JsonObject { ["type"] = "string", ["description"] = "The version of the API that this object is written in." };
        properties["kind"] = new JsonObject { ["type"] = "string", ["description"] = "The kind of this object." };
        properties["metadata"] = new JsonObject
        {
            ["description"] = "Name, labels and what the server keeps about the object.",
            ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = $"#/components/schemas/{ObjectMetaSchema.Name}" }),
            ["default"] = new JsonObject(),
        };
        schema["type"] = "object";
        schema["x-kubernetes-group-version-kind"] = new JsonArray(Gvk(kind));
        return schema;
    }

    private static JsonObject Reference(ApiKind kind) => new() { ["$ref"] = $"#/components/schemas/{SchemaName(kind)}" };

    private static string SchemaName(ApiKind kind)
    {
        if (!kind.IsCustom)
            return $"io.k8s.api.{(kind.Resource.Group.Length == 0 ? "core" : kind.Resource.Group.Split('.')[0])}.{kind.Resource.Version}.{kind.Resource.Kind}";
        return $"{string.Join('.', kind.Resource.Group.Split('.').Reverse())}.{kind.Resource.Version}.{kind.Resource.Kind}";
    }

    private static JsonObject Gvk(ApiKind kind) => new()
    {
        ["group"] = kind.Resource.Group,
        ["kind"] = kind.Resource.Kind,
        ["version"] = kind.Resource.Version,
    };
}
