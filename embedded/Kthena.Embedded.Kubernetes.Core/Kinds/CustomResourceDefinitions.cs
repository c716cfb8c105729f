using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Schemas;
using Kthena.Embedded.Kubernetes.Core.Tables;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Kinds;

/// <summary>CustomResourceDefinitions as objects, and the kinds that they define.</summary>
internal sealed class CustomResourceDefinitions : KindRules
{
    public static readonly ResourceKind Resource =
        new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", IsNamespaced: false);

    // By the very bytes that are stored: a simulation starts a thousand servers a minute on one journal.
    private static readonly ConditionalWeakTable<byte[], ApiKind> Compiled = [];

    public override void Default(JsonObject json, JsonObject? old, KindContext context)
    {
        JsonObject spec = json.EnsureObject("spec");
        JsonObject names = spec.EnsureObject("names");
        string kind = names.String("kind") ?? "";
        names.TryAdd("singular", kind.ToLowerInvariant());
        names.TryAdd("listKind", kind + "List");
        if (!spec.ContainsKey("conversion"))
            spec["conversion"] = new JsonObject { ["strategy"] = "None" };
        string now = Json.Instant(context.Now);
        if (json.Object("status").Array("conditions") is { Count: > 0 })
            return;
        json["status"] = new JsonObject
        {
            ["acceptedNames"] = names.DeepClone(),
            ["conditions"] = new JsonArray(
                Condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
                Condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now)),
            ["storedVersions"] = new JsonArray(StoredVersion(json).String("name") ?? ""),
        };
    }

    public override void Validate(JsonObject json, JsonObject? old, ICollection<FieldError> errors)
    {
        JsonObject? spec = json.Object("spec");
        foreach (string name in (string[])["group", "scope"])
        {
            if (string.IsNullOrEmpty(spec.String(name)))
                errors.Add(FieldError.Required($"spec.{name}"));
        }
        foreach (string name in (string[])["plural", "kind"])
        {
            if (string.IsNullOrEmpty(spec.Object("names").String(name)))
                errors.Add(FieldError.Required($"spec.names.{name}"));
        }
        if (StoredVersion(json) is null)
            errors.Add(FieldError.Invalid("spec.versions", "[]", "must have exactly one version marked as storage version"));
        else if (StoredVersion(json).At("schema", "openAPIV3Schema") is not JsonObject)
            errors.Add(FieldError.Required("spec.versions[0].schema.openAPIV3Schema", "schemas are required"));
        string expected = $"{spec.Object("names").String("plural")}.{spec.String("group")}";
        if (json.Object("metadata").String("name") != expected)
            errors.Add(FieldError.Invalid("metadata.name", Json.Text(json.Object("metadata").String("name")), "must be spec.names.plural+\".\"+spec.group"));
        if (errors.Count == 0 && !JsonNode.DeepEquals(spec, old.Object("spec")))
            CheckSchema(json, errors);
    }

    /// <summary>A definition that cannot be read must not be stored: it would be read again at every start.</summary>
    private static void CheckSchema(JsonObject json, ICollection<FieldError> errors)
    {
        try
        {
            Compile(json);
        }
        catch (Exception unreadable) when (unreadable is InvalidOperationException or FormatException or ArgumentException or JsonException)
        {
            errors.Add(FieldError.Invalid("spec.versions[0].schema.openAPIV3Schema", "<schema>", $"the schema cannot be read: {unreadable.Message}"));
        }
    }

    /// <summary>The kind that a stored definition's stored version defines.</summary>
    public static ApiKind Compile(StoredObject definition) =>
        MemoryMarshal.TryGetArray(definition.Utf8, out ArraySegment<byte> bytes) && bytes.Array is { } array && bytes.Count == array.Length
            ? Compiled.GetValue(array, _ => Compile(definition.ToMutable()))
            : Compile(definition.ToMutable());

    /// <summary>Makes the kind that a definition's stored version defines.</summary>
    public static ApiKind Compile(JsonObject definition)
    {
        JsonObject spec = definition.Object("spec")!;
        JsonObject names = spec.Object("names")!;
        JsonObject version = StoredVersion(definition)!;
        JsonElement schema = Json.ToElement(version.At("schema", "openAPIV3Schema")!);
        JsonObject? scale = version.Object("subresources").Object("scale");
        string kind = names.String("kind")!;
        var resource = new ResourceKind(spec.String("group")!, version.String("name")!, names.String("plural")!, kind, spec.String("scope") != "Cluster");
        return new ApiKind
        {
            Resource = resource,
            Singular = names.String("singular") ?? kind.ToLowerInvariant(),
            ShortNames = Texts(names.Array("shortNames")),
            Categories = Texts(names.Array("categories")),
            HasStatus = version.Object("subresources")?.ContainsKey("status") ?? false,
            HasGeneration = true,
            Scale = scale is null ? null : new ScalePaths(
                Path(scale.String("specReplicasPath") ?? ".spec.replicas"), Path(scale.String("statusReplicasPath") ?? ".status.replicas"),
                scale.String("labelSelectorPath") is { } selector ? Path(selector) : null),
            Schema = StructuralSchema.Compile(schema),
            SchemaJson = schema,
            Rules = None,
            Printer = ColumnPrinter.FromDefinition(version.Array("additionalPrinterColumns")),
            IsCustom = true,
        };
    }

    private static JsonObject? StoredVersion(JsonObject definition) =>
        definition.Object("spec").Array("versions")?.OfType<JsonObject>().FirstOrDefault(static version => version.Boolean("storage") == true);

    private static ImmutableArray<string> Texts(JsonArray? array) => array is null ? [] : [.. array.Select(static item => item.AsText() ?? "")];

    private static string[] Path(string path) => path.Trim('.').Split('.');

    private static JsonObject Condition(string type, string reason, string message, string now) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["reason"] = reason,
        ["message"] = message,
        ["lastTransitionTime"] = now,
    };
}
