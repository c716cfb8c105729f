using System.Text.Json.Nodes;

namespace Kthena.Embedded.Kubernetes.Core.Objects;

/// <summary>An owner reference, as far as garbage collection needs it.</summary>
internal readonly record struct Owner(string ApiVersion, string Kind, string Name, string Uid, bool BlocksDeletion)
{
    public static Owner From(JsonNode? reference) => new(
        reference.String("apiVersion") ?? "",
        reference.String("kind") ?? "",
        reference.String("name") ?? "",
        reference.String("uid") ?? "",
        reference.Boolean("blockOwnerDeletion") ?? false);
}
