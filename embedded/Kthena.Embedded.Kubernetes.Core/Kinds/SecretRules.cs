using System.Text;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Kinds;

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
