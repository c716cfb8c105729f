using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Watching;

namespace Kthena.Embedded.Kubernetes.Core.Objects;

/// <summary>
/// All objects, in memory. Writers hold the server's gate; readers take immutable snapshots. Each commit goes to the
/// journal first-in-first-out, and its events become visible to watchers once it is durable.
/// </summary>
internal sealed class ObjectStore
{
    private const string MetaSpace = "meta";
    private const string VersionKey = "resourceVersion";

    // Numbers that a killed server may have shown to readers without making them durable are never used again.
    private const long RestartGap = 1000;

    private readonly IObjectJournal _journal;
    private readonly int _historyLength;
    private readonly SortedDictionary<string, KindStore> _kinds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (ApiKind Kind, ObjectKey Key)> _byUid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<(string Space, ObjectKey Key)>> _dependents = new(StringComparer.Ordinal);
    private readonly Queue<Commit> _unpublished = new();
    private readonly Dictionary<string, Dictionary<string, ReadOnlyMemory<byte>>> _restored = new(StringComparer.Ordinal);
    private readonly long _floor;
    private long _published;

    public ObjectStore(IObjectJournal journal, int historyLength)
    {
        _journal = journal;
        _historyLength = historyLength;
        foreach (JournalRecord record in journal.ReadAll())
        {
            if (record is { Space: MetaSpace, Key: VersionKey, Value: { } number })
            {
                Durable = long.Parse(Encoding.ASCII.GetString(number.Span), NumberStyles.None, CultureInfo.InvariantCulture);
            }
            else if (record.Value is { } value)
            {
                if (!_restored.TryGetValue(record.Space, out Dictionary<string, ReadOnlyMemory<byte>>? space))
                    _restored[record.Space] = space = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
                space[record.Key] = value;
            }
        }
        WasEmpty = Durable == 0;
        ResourceVersion = WasEmpty ? 1 : Durable + RestartGap;
        _floor = ResourceVersion;
        _published = ResourceVersion;
    }

    private sealed record Commit(long Version, Task Durable, ImmutableArray<(KindStore Kind, WatchEvent Event)> Events);

    /// <summary>Told of every change as soon as it is in memory, in order.</summary>
    public Action<ApiKind, WatchEvent>? Changed { get; set; }

    /// <summary>Whether the journal held nothing: the server starts for the first time.</summary>
    public bool WasEmpty { get; }

    /// <summary>The newest version given out.</summary>
    public long ResourceVersion { get; private set; }

    /// <summary>The newest version that watchers may see.</summary>
    public long Published => Interlocked.Read(ref _published);

    /// <summary>The version that was newest when the journal was read.</summary>
    private long Durable { get; }

    /// <summary>Starts serving a kind and takes up its stored objects.</summary>
    public KindStore Register(ApiKind kind)
    {
        if (_kinds.TryGetValue(kind.Space, out KindStore? existing))
        {
            existing.Kind = kind;
            return existing;
        }
        var store = new KindStore(kind, new WatchHistory(_historyLength, _floor, Durable));
        _kinds[kind.Space] = store;
        if (_restored.Remove(kind.Space, out Dictionary<string, ReadOnlyMemory<byte>>? content))
        {
            ImmutableSortedDictionary<ObjectKey, StoredObject>.Builder objects = store.Objects.ToBuilder();
            foreach ((string key, ReadOnlyMemory<byte> utf8) in content)
            {
                StoredObject restored = StoredObject.Restore(kind, utf8);
                objects[ObjectKey.Parse(key)] = restored;
                Index(kind, restored);
            }
            store.Objects = objects.ToImmutable();
        }
        return store;
    }

    /// <summary>Stops serving a kind; its objects are gone from memory.</summary>
    public void Unregister(ApiKind kind) => _kinds.Remove(kind.Space);

    public KindStore? Find(string space) => _kinds.GetValueOrDefault(space);

    public KindStore Of(ApiKind kind) => _kinds[kind.Space];

    public IEnumerable<KindStore> Kinds => _kinds.Values;

    public bool HasUid(string uid) => _byUid.ContainsKey(uid);

    public (ApiKind Kind, ObjectKey Key)? FindUid(string uid) => _byUid.TryGetValue(uid, out var found) ? found : null;

    /// <summary>The objects that name this UID as an owner, in a fixed order.</summary>
    public ImmutableArray<(string Space, ObjectKey Key)> DependentsOf(string uid) =>
        _dependents.TryGetValue(uid, out var set) ? [.. set] : [];

    /// <summary>Applies changes to memory, hands them to the journal and queues their events.</summary>
    /// <param name="changes">The changes; each object's version is set here.</param>
    /// <returns>The stored objects (the last state of deleted ones), and the task of durability.</returns>
    public (ImmutableArray<StoredObject> Stored, Task Durable) Write(IReadOnlyList<ObjectChange> changes)
    {
        var stored = ImmutableArray.CreateBuilder<StoredObject>(changes.Count);
        var records = new List<JournalRecord>(changes.Count + 1);
        foreach (ObjectChange change in changes)
        {
            StoredObject now = StoredObject.Store(change.Kind, change.Json, ++ResourceVersion);
            records.Add(new JournalRecord(change.Kind.Space, now.Key.ToString(), change.IsDelete ? default(ReadOnlyMemory<byte>?) : now.Utf8));
            stored.Add(now);
        }
        records.Add(new JournalRecord(MetaSpace, VersionKey, Encoding.ASCII.GetBytes(ResourceVersion.ToString(CultureInfo.InvariantCulture))));
        // First, for a journal that refuses must leave memory as it was.
        Task durable = _journal.CommitAsync(records);
        var events = ImmutableArray.CreateBuilder<(KindStore Kind, WatchEvent Event)>(changes.Count);
        for (int at = 0; at < changes.Count; at++)
            events.Add(Apply(changes[at], stored[at]));
        _unpublished.Enqueue(new Commit(ResourceVersion, durable, events.ToImmutable()));
        foreach ((KindStore kind, WatchEvent happened) in events)
            Changed?.Invoke(kind.Kind, happened);
        Publish();
        return (stored.MoveToImmutable(), durable);
    }

    private (KindStore Kind, WatchEvent Event) Apply(ObjectChange change, StoredObject now)
    {
        KindStore kind = Of(change.Kind);
        kind.Objects.TryGetValue(now.Key, out StoredObject? previous);
        if (previous is not null)
            Unindex(previous, change.Kind);
        if (change.IsDelete)
        {
            kind.Objects = kind.Objects.Remove(now.Key);
        }
        else
        {
            kind.Objects = kind.Objects.SetItem(now.Key, now);
            Index(change.Kind, now);
        }
        return (kind, new WatchEvent(now, previous, change.IsDelete));
    }

    /// <summary>Shows watchers the events of all commits that have become durable, in order.</summary>
    public void Publish()
    {
        while (_unpublished.TryPeek(out Commit? commit) && commit.Durable.IsCompletedSuccessfully)
        {
            _unpublished.Dequeue();
            foreach ((KindStore kind, WatchEvent happened) in commit.Events)
                kind.History.Append(happened);
            Interlocked.Exchange(ref _published, commit.Version);
        }
    }

    private void Index(ApiKind kind, StoredObject stored)
    {
        _byUid[stored.Uid] = (kind, stored.Key);
        foreach (Owner owner in stored.Owners)
        {
            if (!_dependents.TryGetValue(owner.Uid, out SortedSet<(string, ObjectKey)>? set))
                _dependents[owner.Uid] = set = new SortedSet<(string, ObjectKey)>(DependentOrder);
            set.Add((kind.Space, stored.Key));
        }
    }

    private void Unindex(StoredObject stored, ApiKind kind)
    {
        _byUid.Remove(stored.Uid);
        foreach (Owner owner in stored.Owners)
        {
            if (_dependents.TryGetValue(owner.Uid, out SortedSet<(string, ObjectKey)>? set) && set.Remove((kind.Space, stored.Key)) && set.Count == 0)
                _dependents.Remove(owner.Uid);
        }
    }

    private static readonly Comparer<(string Space, ObjectKey Key)> DependentOrder =
        Comparer<(string Space, ObjectKey Key)>.Create(static (left, right) =>
        {
            int bySpace = string.CompareOrdinal(left.Space, right.Space);
            return bySpace != 0 ? bySpace : left.Key.CompareTo(right.Key);
        });
}

/// <summary>One object to be written or, with its last state, to be removed.</summary>
internal sealed record ObjectChange(ApiKind Kind, JsonObject Json, bool IsDelete);

/// <summary>The objects and the history of one kind.</summary>
internal sealed class KindStore(ApiKind kind, WatchHistory history)
{
    public ApiKind Kind { get; set; } = kind;

    public WatchHistory History { get; } = history;

    /// <summary>The live objects, by namespace and name; each value read is a snapshot of its own.</summary>
    public ImmutableSortedDictionary<ObjectKey, StoredObject> Objects { get; set; } = ImmutableSortedDictionary<ObjectKey, StoredObject>.Empty;

    public StoredObject? Find(ObjectKey key) => Objects.GetValueOrDefault(key);
}
