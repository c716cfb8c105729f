using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>Who owns an object.</summary>
/// <param name="ApiVersion">The owner's <c>apiVersion</c>.</param>
/// <param name="Kind">The owner's kind.</param>
/// <param name="Name">The owner's name, in the same namespace or cluster-scoped.</param>
/// <param name="Uid">The owner's UID: a same-named successor does not own.</param>
/// <param name="IsController">Whether this owner manages the object.</param>
public sealed record OwnerReference(string ApiVersion, string Kind, string Name, string Uid, bool IsController)
{
    /// <summary>Reads one entry of <c>metadata.ownerReferences</c>.</summary>
    /// <param name="json">The entry.</param>
    public static OwnerReference Parse(JsonElement json) => new(
        json.Text("apiVersion") ?? "",
        json.Text("kind") ?? "",
        json.Text("name") ?? "",
        json.Text("uid") ?? "",
        json.Boolean("controller") ?? false);
}
