using System.Text;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Kinds;

/// <summary>Namespaces: active until they are deleted.</summary>
internal sealed class NamespaceRules : KindRules
{
    public override bool NamesAreLabels => true;

    public override void Default(JsonObject json, JsonObject? old, KindContext context)
    {
        JsonObject labels = json.EnsureObject("metadata").EnsureObject("labels");
        labels["kubernetes.io/metadata.name"] = json.Object("metadata").String("name");
        if (old is not null)
            return;
        json["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") };
        json["status"] = new JsonObject { ["phase"] = "Active" };
    }
}

/// <summary>Secrets: <c>stringData</c> is folded into <c>data</c>.</summary>
internal sealed class SecretRules : KindRules
{
    public override void Default(JsonObject json, JsonObject? old, KindContext context)
    {
        json.TryAdd("type", "Opaque");
        if (json.Object("stringData") is not { } texts)
            return;
        JsonObject data = json.EnsureObject("data");
        foreach ((string key, JsonNode? value) in texts)
            data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value.AsText() ?? ""));
        json.Remove("stringData");
    }

    public override void Validate(JsonObject json, JsonObject? old, ICollection<FieldError> errors)
    {
        foreach ((string key, JsonNode? value) in json.Object("data") ?? [])
        {
            string? text = value.AsText();
            if (text is null || !Convert.TryFromBase64String(text, new byte[text.Length], out _))
                errors.Add(FieldError.Invalid($"data[{key}]", "<secret>", "must be base64"));
        }
        if (old?.Boolean("immutable") == true && !JsonNode.DeepEquals(old["data"], json["data"]))
            errors.Add(FieldError.Forbidden("data", "field is immutable when `immutable` is set"));
    }
}

/// <summary>Events: the fields that describe and get read are there even when the sender left them out.</summary>
internal sealed class EventRules : KindRules
{
    public override void Default(JsonObject json, JsonObject? old, KindContext context)
    {
        json.TryAdd("type", "Normal");
        if (old is not null || json["firstTimestamp"] is not null || json["eventTime"] is not null)
            return;
        string now = Json.Instant(context.Now);
        json["firstTimestamp"] = now;
        json["lastTimestamp"] = now;
    }

    public override void Validate(JsonObject json, JsonObject? old, ICollection<FieldError> errors)
    {
        string? about = json.Object("involvedObject").String("namespace");
        string? here = json.Object("metadata").String("namespace");
        if (!string.IsNullOrEmpty(about) && about != here)
            errors.Add(FieldError.Invalid("involvedObject.namespace", Json.Text(about), "does not match event.namespace"));
    }
}

/// <summary>Controller revisions: their data never changes.</summary>
internal sealed class ControllerRevisionRules : KindRules
{
    public override void Validate(JsonObject json, JsonObject? old, ICollection<FieldError> errors)
    {
        if (json.Int64("revision") is null)
            errors.Add(FieldError.Required("revision"));
        if (old is not null && !JsonNode.DeepEquals(old["data"], json["data"]))
            errors.Add(FieldError.Invalid("data", "<data>", "field is immutable"));
    }
}
