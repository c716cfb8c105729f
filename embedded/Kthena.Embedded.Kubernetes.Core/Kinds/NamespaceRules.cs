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
