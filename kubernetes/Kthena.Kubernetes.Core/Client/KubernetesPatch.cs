using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model;

namespace Kthena.Kubernetes.Core;

/// <summary>A change of some fields of an object. Fields that it does not name stay as they are.</summary>
/// <param name="ContentType">The patch's media type.</param>
/// <param name="Body">The patch.</param>
public sealed record KubernetesPatch(string ContentType, RawJson Body)
{
    private const string MergeType = "application/merge-patch+json";
    private const string JsonType = "application/json-patch+json";
    private const string ApplyType = "application/apply-patch+yaml";

    /// <summary>The owner of the fields, as in <c>managedFields</c>; null leaves it to the server. An apply patch needs one.</summary>
    public string? FieldManager { get; init; }

    /// <summary>Whether an apply patch takes fields from other owners.</summary>
    public bool IsForced { get; init; }

    /// <summary>An RFC 7386 merge patch: objects merge, null removes, everything else replaces.</summary>
    /// <param name="patch">The fields to change.</param>
    public static KubernetesPatch Merge(JsonObject patch) => new(MergeType, ToRaw(patch));

    /// <summary>An RFC 7386 merge patch.</summary>
    /// <param name="patch">The fields to change, a JSON object.</param>
    public static KubernetesPatch Merge(RawJson patch) => new(MergeType, patch);

    /// <summary>An RFC 6902 patch.</summary>
    /// <param name="operations">The operations, in order.</param>
    public static KubernetesPatch Json(JsonArray operations) => new(JsonType, ToRaw(operations));

    /// <summary>A server-side apply of the fields that the manager owns.</summary>
    /// <param name="manifest">The object with those fields alone, and <c>apiVersion</c>, <c>kind</c> and <c>metadata.name</c>.</param>
    /// <param name="fieldManager">The owner.</param>
    /// <param name="isForced">Whether fields are taken from other owners.</param>
    public static KubernetesPatch Apply(RawJson manifest, string fieldManager, bool isForced = true) =>
        new(ApplyType, manifest) { FieldManager = fieldManager, IsForced = isForced };

    /// <summary>Whether the server only checks the patch and stores nothing.</summary>
    public bool IsDryRun { get; init; }

    internal string Query
    {
        get
        {
            string manager = (FieldManager, IsForced) switch
            {
                (null, _) => "",
                (_, true) => $"fieldManager={Uri.EscapeDataString(FieldManager)}&force=true",
                (_, false) => $"fieldManager={Uri.EscapeDataString(FieldManager)}",
            };
            return !IsDryRun ? manager : manager.Length == 0 ? "dryRun=All" : $"{manager}&dryRun=All";
        }
    }

    /// <summary>
    /// Writes the preconditions into the patch: the server refuses a patch that would change the version (409) or the UID
    /// (422 that names <c>metadata.uid</c>); <see cref="KubernetesApiException.IsConflict"/> covers both.
    /// </summary>
    internal KubernetesPatch With(Preconditions preconditions)
    {
        if (preconditions.IsEmpty)
            return this;
        JsonNode body = JsonNode.Parse(Body.Utf8.Span) ?? throw new ArgumentException("A patch must not be null.", nameof(preconditions));
        if (body is JsonArray operations)
        {
            if (preconditions.ResourceVersion is not null)
                operations.Insert(0, Add("/metadata/resourceVersion", preconditions.ResourceVersion));
            if (preconditions.Uid is not null)
                operations.Insert(0, Add("/metadata/uid", preconditions.Uid));
            return this with { Body = ToRaw(body) };
        }
        if (body["metadata"] is not JsonObject metadata)
            body["metadata"] = metadata = [];
        if (preconditions.Uid is not null)
            metadata["uid"] = preconditions.Uid;
        if (preconditions.ResourceVersion is not null)
            metadata["resourceVersion"] = preconditions.ResourceVersion;
        return this with { Body = ToRaw(body) };
    }

    private static JsonObject Add(string path, string value) => new() { ["op"] = "add", ["path"] = path, ["value"] = value };

    private static RawJson ToRaw(JsonNode node) => new(JsonSerializer.SerializeToUtf8Bytes(node));
}
