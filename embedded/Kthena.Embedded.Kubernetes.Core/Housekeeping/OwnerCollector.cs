using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Watching;
using Kthena.Embedded.Kubernetes.Core.Writing;

namespace Kthena.Embedded.Kubernetes.Core.Housekeeping;

/// <summary>
/// Garbage collection by owner UID: an object whose owners are all gone is deleted, one that keeps an owner loses the
/// references to those that are gone. An object with the finalizer <c>foregroundDeletion</c> waits for its dependents,
/// one with <c>orphan</c> lets them go.
/// </summary>
internal sealed class OwnerCollector(ServerState state)
{
    private readonly SortedSet<string> _dependents = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _finalizing = new(StringComparer.Ordinal);

    public bool HasWork => _dependents.Count > 0 || _finalizing.Count > 0;

    public void Observe(ApiKind kind, WatchEvent happened)
    {
        StoredObject now = happened.Now;
        if (happened.IsDelete)
        {
            foreach ((string space, ObjectKey key) in state.Store.DependentsOf(now.Uid))
                _dependents.Add($"{space} {key}");
            foreach (Owner owner in now.Owners)
            {
                if (state.Store.FindUid(owner.Uid) is { } found)
                    _finalizing.Add($"{found.Kind.Space} {found.Key}");
            }
            return;
        }
        if (now.IsDeleting && now.HasFinalizers)
            _finalizing.Add($"{kind.Space} {now.Key}");
        bool isNew = happened.Previous is null || !happened.Previous.Owners.SequenceEqual(now.Owners);
        if (isNew && now.Owners.Length > 0 && now.Owners.Any(owner => !IsThere(owner)))
            _dependents.Add($"{kind.Space} {now.Key}");
    }

    public void Plan(ChangeSet changes)
    {
        // What another part of this step has touched is looked at again in the next.
        foreach (string entry in _dependents.ToList())
        {
            if (changes.IsFull)
                return;
            if (Find(entry) is { } found)
            {
                if (changes.IsTouched(found.Kind, found.Stored.Key))
                    continue;
                PlanDependent(found.Kind, found.Stored, changes);
            }
            _dependents.Remove(entry);
        }
        foreach (string entry in _finalizing.ToList())
        {
            if (changes.IsFull)
                return;
            if (Find(entry) is not { } found || !found.Stored.IsDeleting || PlanFinalizers(found.Kind, found.Stored, changes))
                _finalizing.Remove(entry);
        }
    }

    private void PlanDependent(ApiKind kind, StoredObject stored, ChangeSet changes)
    {
        if (stored.Owners.Length == 0 || stored.Owners.All(IsThere))
            return;
        if (stored.Owners.Any(IsThere))
        {
            JsonObject json = stored.ToMutable();
            RemoveOwners(json, owner => !IsThere(owner));
            changes.Add(stored.Key, new ObjectChange(kind, json, IsDelete: false));
        }
        else if (!stored.IsDeleting && Deletion.Plan(kind, stored, DeleteOptions.Background, state.Time.GetUtcNow()) is { } deletion)
        {
            changes.Add(stored.Key, deletion);
        }
    }

    /// <returns>False when the object must be looked at again in the next step.</returns>
    private bool PlanFinalizers(ApiKind kind, StoredObject stored, ChangeSet changes)
    {
        JsonObject json = stored.ToMutable();
        JsonObject metadata = json.EnsureObject("metadata");
        bool orphans = Has(metadata, Deletion.OrphanFinalizer);
        bool waits = Has(metadata, Deletion.ForegroundFinalizer);
        if (!orphans && !waits)
            return true;
        ImmutableArray<(string Space, ObjectKey Key)> dependents = state.Store.DependentsOf(stored.Uid);
        foreach ((string space, ObjectKey key) in dependents)
        {
            KindStore store = state.Store.Find(space)!;
            if (changes.IsFull || changes.IsTouched(store.Kind, key))
                return false;
            if (store.Find(key) is not { } dependent)
                continue;
            if (orphans)
                Release(store.Kind, dependent, stored.Uid, changes);
            else if (!dependent.IsDeleting && Deletion.Plan(store.Kind, dependent, DeleteOptions.Background, state.Time.GetUtcNow()) is { } deletion)
                changes.Add(key, deletion);
        }
        if (dependents.Length > 0 && !orphans)
            return true;
        if (changes.IsTouched(kind, stored.Key))
            return false;
        Deletion.RemoveFinalizer(metadata, orphans ? Deletion.OrphanFinalizer : Deletion.ForegroundFinalizer);
        changes.Add(stored.Key, new ObjectChange(kind, json, Deletion.IsDue(kind, json)));
        return true;
    }

    private static void Release(ApiKind kind, StoredObject dependent, string uid, ChangeSet changes)
    {
        JsonObject json = dependent.ToMutable();
        RemoveOwners(json, owner => owner.Uid == uid);
        changes.Add(dependent.Key, new ObjectChange(kind, json, IsDelete: false));
    }

    private static void RemoveOwners(JsonObject json, Func<Owner, bool> isUnwanted)
    {
        JsonObject metadata = json.EnsureObject("metadata");
        JsonArray owners = metadata.Array("ownerReferences")!;
        for (int at = owners.Count - 1; at >= 0; at--)
        {
            if (isUnwanted(Owner.From(owners[at])))
                owners.RemoveAt(at);
        }
        if (owners.Count == 0)
            metadata.Remove("ownerReferences");
    }

    private static bool Has(JsonObject metadata, string finalizer) =>
        metadata.Array("finalizers")?.Any(item => item.AsText() == finalizer) == true;

    /// <summary>Whether an owner lives, or is of a kind that is not served here and so cannot be judged.</summary>
    private bool IsThere(Owner owner) => state.Store.HasUid(owner.Uid) || state.Registry.FindKind(owner.ApiVersion, owner.Kind) is null;

    private (ApiKind Kind, StoredObject Stored)? Find(string entry)
    {
        int space = entry.IndexOf(' ', StringComparison.Ordinal);
        return state.Store.Find(entry[..space]) is { } store && store.Find(ObjectKey.Parse(entry[(space + 1)..])) is { } stored
            ? (store.Kind, stored)
            : null;
    }
}
