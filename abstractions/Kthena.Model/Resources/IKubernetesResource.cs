using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>A read-only view of one kind of Kubernetes object.</summary>
/// <typeparam name="TSelf">The view itself.</typeparam>
public interface IKubernetesResource<TSelf>
    where TSelf : class, IKubernetesResource<TSelf>
{
    /// <summary>The resource type that this view reads.</summary>
    static abstract ResourceKind ResourceKind { get; }

    /// <summary>The object's metadata.</summary>
    ObjectMeta Metadata { get; }

    /// <summary>Takes the view out of an object's JSON. Unknown fields are ignored; absent ones take the API's default.</summary>
    /// <param name="json">The whole object.</param>
    /// <exception cref="FormatException">A field that the view needs has the wrong JSON type; the message names it.</exception>
    static abstract TSelf Parse(JsonElement json);
}
