using Kthena.Grains.Bridge;
using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;

namespace Kthena.Silo.Cluster;

/// <summary>
/// What one informer saw go lately. A bridge that begins anew on this silo begins with all that exists; what was deleted while
/// no bridge was alive would be told by nobody.
/// </summary>
/// <typeparam name="T">The kind's view.</typeparam>
internal sealed class RecentDeletions<T>
    where T : class, IKubernetesResource<T>
{
    /// <summary>Longer than a silo's death stays unnoticed.</summary>
    private static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(2);

    private const int CountMax = 10_000;

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Queue<(ObservedObject Deleted, DateTimeOffset At)> _deletions = [];

    /// <summary>Remembers for as long as the informer runs.</summary>
    /// <param name="informer">The informer.</param>
    /// <param name="time">The clock.</param>
    public RecentDeletions(Informer<T> informer, TimeProvider time)
    {
        _time = time;
        informer.Subscribe(change =>
        {
            if (change.Kind == ResourceChangeKind.Deleted)
                Add(new ObservedObject(change.Latest.Metadata, (long)change.Version));
        });
    }

    /// <summary>The deletions, oldest first.</summary>
    public ObservedObject[] Items
    {
        get
        {
            lock (_lock)
            {
                Forget();
                return [.. _deletions.Select(static deletion => deletion.Deleted)];
            }
        }
    }

    private void Add(ObservedObject deleted)
    {
        lock (_lock)
        {
            _deletions.Enqueue((deleted, _time.GetUtcNow()));
            Forget();
        }
    }

    private void Forget()
    {
        DateTimeOffset oldest = _time.GetUtcNow() - AgeMax;
        while (_deletions.TryPeek(out (ObservedObject, DateTimeOffset At) first) && (first.At < oldest || _deletions.Count > CountMax))
            _deletions.Dequeue();
    }
}
