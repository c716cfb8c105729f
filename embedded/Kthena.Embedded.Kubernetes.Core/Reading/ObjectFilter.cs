using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Embedded.Kubernetes.Core.Selectors;

namespace Kthena.Embedded.Kubernetes.Core.Reading;

/// <summary>Which objects of a kind a list, a watch or a collection's deletion is about.</summary>
internal sealed record ObjectFilter(string? Namespace, string? Name, LabelSelector Labels, FieldSelector Fields)
{
    public static ObjectFilter Read(ApiKind kind, ResourcePath path, QueryParameters query) => new(
        kind.Resource.IsNamespaced ? path.Namespace : null,
        path.Name,
        LabelSelector.Parse(query["labelSelector"]),
        FieldSelector.Parse(query["fieldSelector"], kind));

    public bool Matches(StoredObject stored) =>
        (Namespace is null || string.Equals(stored.Key.Namespace, Namespace, StringComparison.Ordinal))
        && (Name is null || string.Equals(stored.Key.Name, Name, StringComparison.Ordinal))
        && Labels.Matches(stored.Labels)
        && Fields.Matches(stored);
}
