using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kthena.Admission;
using Kthena.Model.Resources;
using Kthena.Plugins;

namespace Kthena.Silo.Admission.Reviews;

/// <summary>Answers reviews of <c>admission.k8s.io/v1</c>. Values in, values out: whatever the bytes are, there is an answer.</summary>
internal static class ReviewHandler
{
    private const string ApiVersion = "admission.k8s.io/v1";
    private const string Kind = "AdmissionReview";

    /// <summary>As deep as a review may nest: a pod template takes about 20.</summary>
    private const int DepthMost = 128;

    /// <summary>Denials are for people to read, so quotes and angle brackets stay what they are.</summary>
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Answers one review.</summary>
    /// <param name="endpoint">The path that was asked.</param>
    /// <param name="body">The review, UTF-8.</param>
    /// <param name="plugins">The plugins that ModelServings may name; null for those that come along.</param>
    public static ReviewAnswer Answer(ReviewEndpoint endpoint, ReadOnlyMemory<byte> body, PluginRegistry? plugins = null)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = DepthMost });
        }
        catch (JsonException malformed)
        {
            return ReviewAnswer.Bad($"the body is not JSON: {malformed.Message}");
        }
        using (document)
            return Answer(endpoint, document.RootElement, plugins);
    }

    private static ReviewAnswer Answer(ReviewEndpoint endpoint, JsonElement review, PluginRegistry? plugins)
    {
        if (Text(review, "kind") != Kind || Text(review, "apiVersion") != ApiVersion)
            return ReviewAnswer.Bad($"the body must be an {Kind} of {ApiVersion}");
        JsonElement request = Member(review, "request");
        if (request.ValueKind != JsonValueKind.Object)
            return ReviewAnswer.Bad("the review has no request");
        if (Text(request, "uid") is not { Length: > 0 } uid)
            return ReviewAnswer.Bad("the review's request has no uid");
        // Nothing is left to check of what goes away, and no rule is about a subresource.
        if (Text(request, "operation") is "DELETE" or "CONNECT" || Text(request, "subResource") is { Length: > 0 })
            return Allowed(uid);
        JsonElement json = Member(request, "object");
        if (json.ValueKind != JsonValueKind.Object || !json.EnumerateObject().Any())
            return ReviewAnswer.Bad("the review's request has no object");
        if (!IsOfKind(endpoint.Kind, Member(request, "kind")))
            return ReviewAnswer.Bad($"{endpoint.Path} is for {endpoint.Kind.Kind} of {endpoint.Kind.ApiVersion}; the webhook configuration sends something else here");
        if (endpoint.IsMutation)
            return Patched(uid, AdmissionRules.Mutate(endpoint.Kind, json));
        JsonElement old = Member(request, "oldObject");
        bool isUpdate = old.ValueKind == JsonValueKind.Object;
        // A finalizer must be able to leave an object that was stored before a rule was made.
        if (isUpdate && Text(Member(json, "metadata"), "deletionTimestamp") is not null)
            return Allowed(uid);
        ImmutableArray<AdmissionError> errors = AdmissionRules.CheckAll(endpoint.Kind, json, isUpdate ? old : null, plugins);
        return errors.Length == 0 ? Allowed(uid) : Denied(uid, AdmissionRules.Denial(errors));
    }

    private static bool IsOfKind(ResourceKind expected, JsonElement given) =>
        given.ValueKind != JsonValueKind.Object || (Text(given, "kind") == expected.Kind && Text(given, "group") == expected.Group);

    private static ReviewAnswer Allowed(string uid) => Review(uid, isAllowed: true, static _ => { });

    private static ReviewAnswer Denied(string uid, string message) => Review(uid, isAllowed: false, writer =>
    {
        writer.WriteStartObject("status");
        writer.WriteString("message", message);
        writer.WriteEndObject();
    }) with
    { Denial = message };

    private static ReviewAnswer Patched(string uid, ImmutableArray<AdmissionPatch> patches) => Review(uid, isAllowed: true, writer =>
    {
        writer.WriteString("patchType", "JSONPatch");
        writer.WriteBase64String("patch", Encoding.UTF8.GetBytes($"[{string.Join(',', patches)}]"));
    });

    private static ReviewAnswer Review(string uid, bool isAllowed, Action<Utf8JsonWriter> writeMore)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("kind", Kind);
            writer.WriteString("apiVersion", ApiVersion);
            writer.WriteStartObject("response");
            writer.WriteString("uid", uid);
            writer.WriteBoolean("allowed", isAllowed);
            writeMore(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return new ReviewAnswer(200, "application/json", buffer.WrittenMemory);
    }

    private static JsonElement Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) ? value : default;

    private static string? Text(JsonElement json, string name) =>
        Member(json, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
