using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Patching;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Writing;

/// <summary>Applies a patch body to a copy of an object.</summary>
internal static class ObjectPatcher
{
    /// <summary>Applies a patch in place, by the request's content type.</summary>
    /// <param name="json">The object to change.</param>
    /// <param name="kind">The object's kind, for messages.</param>
    /// <param name="isCustom">Whether the kind came from a definition: those have no strategic merge.</param>
    /// <param name="name">The object's name, for messages.</param>
    /// <param name="contentType">The patch's content type.</param>
    /// <param name="body">The patch.</param>
    /// <exception cref="ApiError">The patch is malformed, fails a test, or is of a type that is not served here.</exception>
    public static void Apply(JsonObject json, ResourceKind kind, bool isCustom, string name, string contentType, RequestBody body)
    {
        switch (MediaTypes.Bare(contentType))
        {
            case MediaTypes.JsonPatch:
                JsonPatch.Apply(json, body.Json as JsonArray ?? throw ApiError.BadRequest("a JSON patch must be a list of operations"), kind, name);
                break;
            case MediaTypes.MergePatch:
                MergePatch.Apply(json, body.AsObject());
                break;
            case MediaTypes.StrategicMergePatch when !isCustom:
                StrategicMergePatch.Apply(json, body.AsObject());
                break;
            case string other:
                string accepted = isCustom
                    ? $"{MediaTypes.JsonPatch}, {MediaTypes.MergePatch}, {MediaTypes.ApplyPatch}"
                    : $"{MediaTypes.JsonPatch}, {MediaTypes.MergePatch}, {MediaTypes.StrategicMergePatch}, {MediaTypes.ApplyPatch}";
                throw ApiError.UnsupportedMediaType(
                    $"the body of the request was in an unknown format - accepted media types include: {accepted}; not {other}");
        }
    }

    /// <summary>The view of an object that its scale subresource shows.</summary>
    public static JsonObject ToScale(ApiKind kind, JsonObject json)
    {
        ScalePaths paths = kind.Scale!;
        JsonObject metadata = json.Object("metadata")!;
        var shown = new JsonObject();
        foreach (string name in (string[])["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            if (metadata.TryGetPropertyValue(name, out JsonNode? value))
                shown[name] = value?.DeepClone();
        }
        var status = new JsonObject { ["replicas"] = json.At(paths.StatusReplicas).AsInt64() ?? 0 };
        if (paths.LabelSelector is { } selector && json.At(selector).AsText() is { Length: > 0 } text)
            status["selector"] = text;
        var spec = new JsonObject();
        if (json.At(paths.SpecReplicas).AsInt64() is { } replicas)
            spec["replicas"] = replicas;
        return new JsonObject { ["kind"] = "Scale", ["apiVersion"] = "autoscaling/v1", ["metadata"] = shown, ["spec"] = spec, ["status"] = status };
    }

    /// <summary>Writes a Scale back into its object.</summary>
    /// <exception cref="ApiError">The number of replicas is missing or negative, or the Scale is of another state.</exception>
    public static void FromScale(ApiKind kind, JsonObject json, JsonObject scale)
    {
        JsonObject metadata = json.Object("metadata")!;
        string name = metadata.String("name")!;
        ObjectPreparer.CheckPreconditions(kind.Resource, metadata, scale.Object("metadata").String("uid"), scale.Object("metadata").String("resourceVersion"));
        JsonNode? given = scale.At("spec", "replicas");
        if (given is not null && given.AsInt64() is null)
            throw ApiError.BadRequest($"spec.replicas must be an integer, not {Json.Text(given)}");
        long replicas = given.AsInt64() ?? 0;
        if (replicas < 0)
            throw ApiError.Invalid(new ResourceKind("autoscaling", "v1", "scales", "Scale"), name, [FieldError.Invalid("spec.replicas", Json.Text(given), "must be greater than or equal to 0")]);
        JsonObject at = json;
        foreach (string member in kind.Scale!.SpecReplicas[..^1])
            at = at.EnsureObject(member);
        at[kind.Scale.SpecReplicas[^1]] = replicas;
    }
}
