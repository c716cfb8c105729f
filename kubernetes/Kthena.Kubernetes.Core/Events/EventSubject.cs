using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Kubernetes.Core;

/// <summary>What an event is about.</summary>
/// <param name="Kind">The resource type.</param>
/// <param name="Key">The object; an empty namespace puts the event into <c>default</c>.</param>
/// <param name="Uid">The object's UID; empty where unknown.</param>
public sealed record EventSubject(ResourceKind Kind, NamespacedName Key, string Uid)
{
    /// <summary>The subject of a view.</summary>
    /// <typeparam name="T">The view.</typeparam>
    /// <param name="resource">The object.</param>
    public static EventSubject Of<T>(T resource)
        where T : class, IKubernetesResource<T> =>
        new(T.ResourceKind, resource.Metadata.Key, resource.Metadata.Uid);

    /// <summary>The namespace that the event lives in.</summary>
    internal string EventNamespace => Key.Namespace.Length == 0 ? "default" : Key.Namespace;
}
