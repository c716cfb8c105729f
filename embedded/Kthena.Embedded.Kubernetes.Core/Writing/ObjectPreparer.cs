using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Admission;
using Kthena.Embedded.Kubernetes.Core.Admission;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Patching;
using Kthena.Embedded.Kubernetes.Core.Schemas;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Writing;

/// <summary>
/// Turns what a client sent into what may be stored: server-owned metadata, pruning, defaults, validation, admission, in
/// this order. It changes the object it is given and nothing else.
/// </summary>
internal sealed class ObjectPreparer(IReadOnlyList<IAdmissionPlugin> plugins)
{
    /// <summary>Prepares a new object.</summary>
    /// <exception cref="ApiError">The object may not be stored.</exception>
    public static void Create(ApiKind kind, JsonObject json, string? ns, KindContext context)
    {
        CheckType(kind.Resource, json);
        JsonObject metadata = json.EnsureObject("metadata");
        PlaceInNamespace(kind, metadata, ns);
        if (!string.IsNullOrEmpty(metadata.String("resourceVersion")))
            throw ApiError.BadRequest("resourceVersion should not be set on objects to be created");
        if (string.IsNullOrEmpty(metadata.String("name")) && metadata.String("generateName") is { Length: > 0 } prefix)
            metadata["name"] = prefix[..Math.Min(prefix.Length, 58)] + context.Identifiers.NextNameSuffix();
        if (string.IsNullOrEmpty(metadata.String("name")))
            throw ApiError.Invalid(kind.Resource, "", [FieldError.Required("metadata.name", "name or generateName is required")]);
        foreach (string owned in (string[])["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation", "managedFields"])
            metadata.Remove(owned);
        metadata["uid"] = context.Identifiers.NextUid();
        metadata["creationTimestamp"] = Json.Instant(context.Now);
        if (kind.HasGeneration)
            metadata["generation"] = 1;
        if (kind.HasStatus && (kind.IsCustom || kind.Resource == ResourceKinds.Pod))
            json.Remove("status");
    }

    /// <summary>Prepares a changed object: what the server owns comes from the stored one.</summary>
    /// <exception cref="ApiError">The change is not allowed.</exception>
    public static void Update(ApiKind kind, JsonObject json, JsonObject old, string? ns)
    {
        CheckType(kind.Resource, json);
        JsonObject metadata = json.EnsureObject("metadata");
        JsonObject before = old.Object("metadata")!;
        string name = before.String("name")!;
        PlaceInNamespace(kind, metadata, ns);
        if (string.IsNullOrEmpty(metadata.String("name")))
            metadata["name"] = name;
        if (metadata.String("name") != name)
            throw ApiError.BadRequest($"the name of the object ({metadata.String("name")}) does not match the name on the URL ({name})");
        CheckPreconditions(kind.Resource, before, metadata.String("uid"), metadata.String("resourceVersion"));
        foreach (string owned in (string[])["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink", "generateName"])
            Copy(before, metadata, owned);
        if (!metadata.ContainsKey("managedFields"))
            Copy(before, metadata, "managedFields");
        if (kind.HasStatus)
            Copy(old, json, "status");
    }

    /// <summary>Counts up the generation when anything but metadata and status changed.</summary>
    public static void CountGeneration(ApiKind kind, JsonObject json, JsonObject old)
    {
        if (!kind.HasGeneration)
            return;
        bool isSame = json.Where(static member => member.Key is not ("metadata" or "status"))
                .All(member => old.TryGetPropertyValue(member.Key, out JsonNode? value) && JsonNode.DeepEquals(value, member.Value))
            && old.All(member => member.Key is "metadata" or "status" || json.ContainsKey(member.Key));
        if (!isSame)
            json.EnsureObject("metadata")["generation"] = (old.Object("metadata").Int64("generation") ?? 0) + 1;
    }

    /// <summary>Drops or refuses unknown members, fills in defaults and collects every error of the object.</summary>
    /// <returns>Warnings for the client.</returns>
    /// <exception cref="ApiError">Something is wrong with the object.</exception>
    public ImmutableArray<string> Check(
        ApiKind kind, JsonObject json, JsonObject? old, KindContext context, FieldValidation validation, ImmutableArray<string> duplicates, bool isStatus)
    {
        CheckReadable(kind, json);
        ImmutableArray<string> warnings = Fill(kind, json, old, context, validation, duplicates, isStatus);
        string name = json.Object("metadata").String("name") ?? "";
        if (!isStatus)
            Mutate(kind, json, old, name);
        var errors = new List<FieldError>();
        Naming.Validate(json, kind, errors);
        if (kind.Schema is { } schema)
            SchemaValidator.Validate(json, schema, "", errors);
        if (!isStatus)
        {
            kind.Rules.Validate(json, old, errors);
            CheckScale(kind, json, errors);
        }
        if (errors.Count > 0)
            throw ApiError.Invalid(kind.Resource, name, [.. errors.Distinct()]);
        if (!isStatus)
            Admit(kind, json, old, name);
        return warnings;
    }

    /// <summary>Fails unless the stored object is the one that the client means.</summary>
    /// <exception cref="ApiError">It is not (409).</exception>
    public static void CheckPreconditions(ResourceKind kind, JsonObject metadata, string? uid, string? resourceVersion)
    {
        string name = metadata.String("name") ?? "";
        if (!string.IsNullOrEmpty(uid) && uid != metadata.String("uid"))
            throw ApiError.Conflict(kind, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {metadata.String("uid")}");
        if (!string.IsNullOrEmpty(resourceVersion) && resourceVersion != metadata.String("resourceVersion"))
            throw ApiError.Conflict(kind, name, "the object has been modified; please apply your changes to the latest version and try again");
    }

    /// <summary>What no client could read is refused at the door, as by a server that decodes into types.</summary>
    private static void CheckReadable(ApiKind kind, JsonObject json)
    {
        try
        {
            kind.Read(Json.ToElement(json));
        }
        catch (FormatException wrong)
        {
            string type = kind.Resource.Kind;
            throw ApiError.BadRequest($"{type} in version \"{kind.Resource.Version}\" cannot be handled as a {type}: {wrong.Message}");
        }
    }

    private static ImmutableArray<string> Fill(
        ApiKind kind, JsonObject json, JsonObject? old, KindContext context, FieldValidation validation, ImmutableArray<string> duplicates, bool isStatus)
    {
        var unknown = new List<string>();
        if (kind.Schema is { } schema)
        {
            SchemaFill.PruneRoot(json, schema, unknown);
            SchemaFill.Default(json, schema);
        }
        if (!isStatus)
            kind.Rules.Default(json, old, context);
        string[] complaints =
        [
            .. duplicates.Select(static path => $"duplicate field \"{path}\""),
            .. unknown.Select(static path => $"unknown field \"{path}\""),
        ];
        if (complaints.Length == 0 || validation == FieldValidation.Ignore)
            return [];
        if (validation == FieldValidation.Warn)
            return [.. complaints];
        string type = kind.Resource.Kind;
        throw ApiError.BadRequest(
            $"{type} in version \"{kind.Resource.Version}\" cannot be handled as a {type}: strict decoding error: {string.Join(", ", complaints)}");
    }

    private static void CheckScale(ApiKind kind, JsonObject json, List<FieldError> errors)
    {
        if (kind.Scale is { } scale && json.At(scale.SpecReplicas).AsInt64() is { } replicas and < 0)
            errors.Add(FieldError.Invalid(string.Join('.', scale.SpecReplicas), replicas.ToString(System.Globalization.CultureInfo.InvariantCulture), "should be a non-negative integer"));
    }

    private void Mutate(ApiKind kind, JsonObject json, JsonObject? old, string name)
    {
        foreach (IAdmissionPlugin plugin in plugins)
        {
            if (!plugin.Covers(kind.Resource))
                continue;
            ImmutableArray<AdmissionPatch> patches = plugin.Mutate(ReviewOf(kind, json, old));
            if (patches.Length > 0)
                JsonPatch.Apply(json, new JsonArray([.. patches.Select(static patch => JsonNode.Parse(patch.ToString()))]), kind.Resource, name);
        }
    }

    private static AdmissionReview ReviewOf(ApiKind kind, JsonObject json, JsonObject? old) =>
        new(kind.Resource, Json.ToElement(json), old is null ? null : Json.ToElement(old));

    private void Admit(ApiKind kind, JsonObject json, JsonObject? old, string name)
    {
        foreach (IAdmissionPlugin plugin in plugins)
        {
            if (!plugin.Covers(kind.Resource))
                continue;
            AdmissionVerdict verdict = plugin.Review(ReviewOf(kind, json, old));
            if (verdict.Invalid.Length > 0)
                throw ApiError.Invalid(kind.Resource, name, [.. verdict.Invalid.Select(ToFieldError)]);
            if (verdict.Denied.Length > 0)
                throw ApiError.Denied(kind.Resource, name, AdmissionRules.Denial(verdict.Denied), verdict.Denied.Select(ToFieldError));
        }
    }

    private static FieldError ToFieldError(AdmissionError error) => new(error.Field, $"FieldValue{error.Kind}", error.Detail);

    private static void CheckType(ResourceKind kind, JsonObject json)
    {
        json.TryAdd("apiVersion", kind.ApiVersion);
        json.TryAdd("kind", kind.Kind);
        if (json.String("apiVersion") != kind.ApiVersion || json.String("kind") != kind.Kind)
        {
            throw ApiError.BadRequest(
                $"the object provided is of kind {json.String("kind")} in {json.String("apiVersion")}, but {kind.Kind} in {kind.ApiVersion} is expected here");
        }
    }

    private static void PlaceInNamespace(ApiKind kind, JsonObject metadata, string? ns)
    {
        if (!kind.Resource.IsNamespaced)
        {
            metadata.Remove("namespace");
            return;
        }
        string given = metadata.String("namespace") ?? "";
        if (given.Length > 0 && given != ns)
            throw ApiError.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        metadata["namespace"] = ns;
    }

    private static void Copy(JsonObject from, JsonObject to, string member)
    {
        if (from.TryGetPropertyValue(member, out JsonNode? value))
            to[member] = value?.DeepClone();
        else
            to.Remove(member);
    }
}
