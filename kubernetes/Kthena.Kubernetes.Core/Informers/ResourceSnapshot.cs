using System.Collections.Immutable;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Kubernetes.Core;

/// <summary>
/// The objects of a kind as of one version. Immutable: read it from any thread, keep it as long as the answer must not change.
/// Look-ups cost the logarithm of what is kept, never a walk over it; everything is ordered by namespace and name.
/// </summary>
/// <typeparam name="T">The view.</typeparam>
public sealed class ResourceSnapshot<T>
    where T : class, IKubernetesResource<T>
{
    private static readonly ImmutableSortedDictionary<NamespacedName, T> NoItems = ImmutableSortedDictionary<NamespacedName, T>.Empty;

    private readonly ImmutableSortedDictionary<NamespacedName, T> _items;
    private readonly ImmutableSortedDictionary<string, Func<T, string?>> _keys;
    private readonly ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, ImmutableSortedDictionary<NamespacedName, T>>> _indexes;

    private ResourceSnapshot(
        ImmutableSortedDictionary<NamespacedName, T> items,
        ImmutableSortedDictionary<string, Func<T, string?>> keys,
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, ImmutableSortedDictionary<NamespacedName, T>>> indexes,
        ulong version,
        bool isSynced)
    {
        _items = items;
        _keys = keys;
        _indexes = indexes;
        Version = version;
        IsSynced = isSynced;
    }

    /// <summary>The highest version that this state takes in, bookmarks included.</summary>
    public ulong Version { get; }

    /// <summary>Whether a first list has been read; false means that nothing is known yet.</summary>
    public bool IsSynced { get; }

    /// <summary>The number of objects.</summary>
    public int Count => _items.Count;

    /// <summary>Every object, by namespace and name.</summary>
    public IEnumerable<T> Items => _items.Values;

    /// <summary>An object, or null.</summary>
    /// <param name="key">Its identity; for cluster-scoped kinds the namespace is empty.</param>
    public T? Find(NamespacedName key) => _items.GetValueOrDefault(key);

    /// <summary>The objects under one key of an index, by namespace and name.</summary>
    /// <param name="index">The index's name.</param>
    /// <param name="key">The key.</param>
    /// <exception cref="ArgumentException">There is no such index.</exception>
    public ImmutableArray<T> Select(string index, string key) =>
        Index(index).TryGetValue(key, out ImmutableSortedDictionary<NamespacedName, T>? items) ? [.. items.Values] : [];

    /// <summary>The number of objects under one key of an index.</summary>
    /// <param name="index">The index's name.</param>
    /// <param name="key">The key.</param>
    /// <exception cref="ArgumentException">There is no such index.</exception>
    public int CountOf(string index, string key) =>
        Index(index).TryGetValue(key, out ImmutableSortedDictionary<NamespacedName, T>? items) ? items.Count : 0;

    /// <summary>The keys of an index that hold at least one object, in ordinal order.</summary>
    /// <param name="index">The index's name.</param>
    /// <exception cref="ArgumentException">There is no such index.</exception>
    public IEnumerable<string> KeysOf(string index) => Index(index).Keys;

    /// <summary>A state that knows nothing yet.</summary>
    internal static ResourceSnapshot<T> Unsynced(ImmutableSortedDictionary<string, Func<T, string?>> keys) =>
        Build([], keys, version: 0, isSynced: false);

    /// <summary>A state made of a whole list.</summary>
    internal static ResourceSnapshot<T> Build(
        IEnumerable<T> items, ImmutableSortedDictionary<string, Func<T, string?>> keys, ulong version, bool isSynced = true)
    {
        ImmutableSortedDictionary<NamespacedName, T> byKey =
            NoItems.SetItems(items.Select(static item => KeyValuePair.Create(item.Metadata.Key, item)));
        var indexes = ImmutableSortedDictionary.CreateBuilder<string, ImmutableSortedDictionary<string, ImmutableSortedDictionary<NamespacedName, T>>>(StringComparer.Ordinal);
        foreach ((string name, Func<T, string?> keyOf) in keys)
        {
            indexes[name] = ImmutableSortedDictionary.CreateRange(
                StringComparer.Ordinal,
                byKey.Values
                    .GroupBy(item => keyOf(item), StringComparer.Ordinal)
                    .Where(static group => group.Key is not null)
                    .Select(static group => KeyValuePair.Create(
                        group.Key!, NoItems.SetItems(group.Select(static item => KeyValuePair.Create(item.Metadata.Key, item))))));
        }
        return new ResourceSnapshot<T>(byKey, keys, indexes.ToImmutable(), version, isSynced);
    }

    internal ResourceSnapshot<T> At(ulong version) =>
        version <= Version ? this : new ResourceSnapshot<T>(_items, _keys, _indexes, version, IsSynced);

    internal ResourceSnapshot<T> With(T item, ulong version)
    {
        NamespacedName key = item.Metadata.Key;
        _items.TryGetValue(key, out T? old);
        return new ResourceSnapshot<T>(_items.SetItem(key, item), _keys, Move(key, old, item), Math.Max(version, Version), IsSynced);
    }

    internal ResourceSnapshot<T> Without(NamespacedName key, ulong version)
    {
        if (!_items.TryGetValue(key, out T? old))
            return At(version);
        return new ResourceSnapshot<T>(_items.Remove(key), _keys, Move(key, old, item: null), Math.Max(version, Version), IsSynced);
    }

    private ImmutableSortedDictionary<string, ImmutableSortedDictionary<NamespacedName, T>> Index(string name) =>
        _indexes.TryGetValue(name, out var index)
            ? index
            : throw new ArgumentException($"The informer of {T.ResourceKind} has no index '{name}'.", nameof(name));

    private ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, ImmutableSortedDictionary<NamespacedName, T>>> Move(
        NamespacedName key, T? old, T? item)
    {
        var indexes = _indexes;
        foreach ((string name, Func<T, string?> keyOf) in _keys)
        {
            var index = indexes[name];
            string? before = old is null ? null : keyOf(old);
            string? after = item is null ? null : keyOf(item);
            if (before is not null && before != after && index.TryGetValue(before, out var left))
            {
                left = left.Remove(key);
                index = left.IsEmpty ? index.Remove(before) : index.SetItem(before, left);
            }
            if (after is not null)
                index = index.SetItem(after, index.GetValueOrDefault(after, NoItems).SetItem(key, item!));
            indexes = indexes.SetItem(name, index);
        }
        return indexes;
    }
}
