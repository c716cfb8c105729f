using System.Text.Json.Nodes;

namespace Kthena.Embedded.Kubernetes.Core.Discovery;

/// <summary>The OpenAPI schema of <c>metadata</c>.</summary>
internal static class ObjectMetaSchema
{
    public const string Name = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    public static JsonObject Build() => new()
    {
        ["type"] = "object",
        ["description"] = "What every stored object carries besides its content.",
        ["properties"] = new JsonObject
        {
            ["name"] = Text("The name, unique among objects of the kind in a namespace."),
            ["generateName"] = Text("The beginning of a name that the server completes."),
            ["namespace"] = Text("The namespace that the object lives in."),
            ["uid"] = Text("The identity, which no other object ever shares."),
            ["resourceVersion"] = Text("The version of this state, for optimistic concurrency and watches."),
            ["creationTimestamp"] = Text("When the object was created.", "date-time"),
            ["deletionTimestamp"] = Text("When the object is to be gone; set once its deletion was asked for.", "date-time"),
            ["deletionGracePeriodSeconds"] = Number("Seconds between the request for deletion and its end."),
            ["generation"] = Number("Counts changes of the desired state."),
            ["labels"] = Texts("Pairs that selectors match."),
            ["annotations"] = Texts("Pairs that tools keep with the object."),
            ["finalizers"] = new JsonObject
            {
                ["type"] = "array",
                ["description"] = "Names that must be removed before the object is deleted.",
                ["items"] = new JsonObject { ["type"] = "string" },
                ["x-kubernetes-list-type"] = "set",
                ["x-kubernetes-patch-strategy"] = "merge",
            },
            ["ownerReferences"] = new JsonObject
            {
                ["type"] = "array",
                ["description"] = "The objects that this one is deleted with.",
                ["items"] = new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true },
                ["x-kubernetes-patch-merge-key"] = "uid",
                ["x-kubernetes-patch-strategy"] = "merge",
            },
            ["managedFields"] = new JsonObject
            {
                ["type"] = "array",
                ["description"] = "Who set which fields.",
                ["items"] = new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true },
            },
        },
    };

    private static JsonObject Text(string description, string? format = null)
    {
        var json = new JsonObject { ["type"] = "string", ["description"] = description };
        if (format is not null)
            json["format"] = format;
        return json;
    }

    private static JsonObject Number(string description) => new() { ["type"] = "integer", ["format"] = "int64", ["description"] = description };

    private static JsonObject Texts(string description) => new()
    {
        ["type"] = "object",
        ["description"] = description,
        ["additionalProperties"] = new JsonObject { ["type"] = "string" },
    };
}
