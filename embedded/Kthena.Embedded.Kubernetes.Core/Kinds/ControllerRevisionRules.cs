using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Kinds;

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
