using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Watching;
using Kthena.Embedded.Kubernetes.Core.Writing;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Housekeeping;

/// <summary>Empties namespaces that are being deleted and lets them go once nothing is left in them.</summary>
internal sealed class NamespaceCleaner(ServerState state)
{
    private readonly SortedSet<string> _terminating = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _due = new(StringComparer.Ordinal);

    public bool HasWork => _due.Count > 0;

    public void Observe(ApiKind kind, WatchEvent happened)
    {
        if (kind.Resource == ResourceKinds.Namespace)
        {
            string name = happened.Now.Key.Name;
            if (happened.IsDelete)
                _terminating.Remove(name);
            else if (happened.Now.IsDeleting && _terminating.Add(name))
                _due.Add(name);
        }
        else if (happened.IsDelete && _terminating.Contains(happened.Now.Key.Namespace))
        {
            _due.Add(happened.Now.Key.Namespace);
        }
    }

    public void Plan(ChangeSet changes)
    {
        foreach (string ns in _due.ToList())
        {
            if (PlanNamespace(ns, changes))
                _due.Remove(ns);
        }
    }

    /// <returns>False when the namespace must be looked at again in the next step.</returns>
    private bool PlanNamespace(string ns, ChangeSet changes)
    {
        bool isEmpty = true;
        foreach (KindStore store in state.Store.Kinds)
        {
            if (!store.Kind.Resource.IsNamespaced)
                continue;
            foreach (StoredObject stored in store.Objects.Values)
            {
                if (stored.Key.Namespace != ns)
                    continue;
                isEmpty = false;
                if (changes.IsFull || changes.IsTouched(store.Kind, stored.Key))
                    return false;
                if (!stored.IsDeleting
                    && Deletion.Plan(store.Kind, stored, DeleteOptions.Background, state.Time.GetUtcNow()) is { } deletion)
                {
                    changes.Add(stored.Key, deletion);
                }
            }
        }
        KindStore namespaces = state.Store.Find(ResourceKinds.Namespace.ToString())!;
        var key = new ObjectKey("", ns);
        if (isEmpty && changes.IsTouched(namespaces.Kind, key))
            return false;
        if (isEmpty && namespaces.Find(key) is { IsDeleting: true } done)
        {
            JsonObject json = done.ToMutable();
            json.EnsureObject("spec").Remove("finalizers");
            changes.Add(key, new ObjectChange(namespaces.Kind, json, Deletion.IsDue(namespaces.Kind, json)));
        }
        return true;
    }
}
