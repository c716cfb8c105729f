using Kthena.Embedded.Kubernetes.Core.Requests;

namespace Kthena.Embedded.Kubernetes.Core.Kinds;

/// <summary>The kinds that are served now; built-in ones for ever, custom ones as their definitions come and go.</summary>
internal sealed class KindRegistry
{
    private readonly SortedDictionary<string, ApiKind> _byPath = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ApiKind> _byKind = new(StringComparer.Ordinal);

    /// <summary>Counts changes, so that derived documents know when they are stale.</summary>
    public int Generation { get; private set; }

    public IEnumerable<ApiKind> All => _byPath.Values;

    public void Add(ApiKind kind)
    {
        _byPath[PathKey(kind.Resource.Group, kind.Resource.Version, kind.Resource.Plural)] = kind;
        _byKind[KindKey(kind.Resource.ApiVersion, kind.Resource.Kind)] = kind;
        Generation++;
    }

    public void Remove(ApiKind kind)
    {
        _byPath.Remove(PathKey(kind.Resource.Group, kind.Resource.Version, kind.Resource.Plural));
        _byKind.Remove(KindKey(kind.Resource.ApiVersion, kind.Resource.Kind));
        Generation++;
    }

    public ApiKind? Find(ResourcePath path) => _byPath.GetValueOrDefault(PathKey(path.Group, path.Version, path.Plural));

    public ApiKind? FindKind(string apiVersion, string kind) => _byKind.GetValueOrDefault(KindKey(apiVersion, kind));

    public ApiKind? FindPlural(string group, string plural) =>
        _byPath.Values.FirstOrDefault(kind => kind.Resource.Group == group && kind.Resource.Plural == plural);

    private static string PathKey(string group, string version, string plural) => $"{group}/{version}/{plural}";

    private static string KindKey(string apiVersion, string kind) => $"{apiVersion}/{kind}";
}
