using System.Diagnostics.CodeAnalysis;

namespace Kthena.Kubernetes.Core;

/// <summary>A dictionary that forgets what was set longest ago.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
/// <param name="entriesMax">How many entries are kept.</param>
internal sealed class RecentEntries<TKey, TValue>(int entriesMax)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _entries = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _byAge = new();

    /// <summary>Finds a value without making it younger.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        bool isThere = _entries.TryGetValue(key, out LinkedListNode<(TKey Key, TValue Value)>? node);
        value = isThere ? node!.Value.Value : default;
        return isThere;
    }

    /// <summary>Sets a value, and makes it the youngest.</summary>
    public void Set(TKey key, TValue value)
    {
        if (_entries.Remove(key, out LinkedListNode<(TKey Key, TValue Value)>? old))
            _byAge.Remove(old);
        _entries[key] = _byAge.AddLast((key, value));
        if (_entries.Count <= entriesMax)
            return;
        _entries.Remove(_byAge.First!.Value.Key);
        _byAge.RemoveFirst();
    }
}
