using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Kinds;

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
