using System.Collections.Immutable;
using Kthena.Grains.Bridge;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Silo.Cluster;

/// <summary>
/// One bridge's view of one informer. What was not taken yet is kept once for each object, so a bridge that is busy costs
/// one entry for an object however often it changes.
/// </summary>
/// <typeparam name="T">The kind's view.</typeparam>
internal sealed class InformerSubscription<T> : IChangeSubscription
    where T : class, IKubernetesResource<T>
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NamespacedName, ObservedObject> _waiting = [];
    private readonly List<NamespacedName> _order = [];
    private readonly IDisposable _subscription;
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Subscribes, then takes what is there already and what went lately: nothing can fall in between.</summary>
    /// <param name="informer">The informer.</param>
    /// <param name="deletions">What it saw go lately.</param>
    public InformerSubscription(Informer<T> informer, RecentDeletions<T> deletions)
    {
        _subscription = informer.Subscribe(change => Add(change.Latest.Metadata, (long)change.Version));
        foreach (ObservedObject deleted in deletions.Items)
            Add(deleted.Metadata, deleted.Version);
        foreach (T item in informer.Snapshot.Items)
            Add(item.Metadata, (long)ResourceVersions.Parse(item.Metadata.ResourceVersion));
    }

    public async Task<ImmutableArray<ObservedObject>> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            TaskCompletionSource arrived;
            lock (_gate)
            {
                if (_order.Count > 0)
                {
                    ImmutableArray<ObservedObject> taken = [.. _order.Select(key => _waiting[key])];
                    _order.Clear();
                    _waiting.Clear();
                    return taken;
                }
                arrived = _arrived;
            }
            // Not WaitAsync: it would go through the thread pool, where a simulation must not go.
            using CancellationTokenRegistration cancelled = cancellation.UnsafeRegister(
                static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), arrived);
            await arrived.Task;
        }
    }

    public void Dispose() => _subscription.Dispose();

    private void Add(ObjectMeta metadata, long version)
    {
        TaskCompletionSource arrived;
        lock (_gate)
        {
            bool isNew = !_waiting.TryGetValue(metadata.Key, out ObservedObject? before);
            if (!isNew && before!.Version > version)
                return;
            _waiting[metadata.Key] = new ObservedObject(metadata, version);
            if (isNew)
                _order.Add(metadata.Key);
            arrived = _arrived;
            _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        arrived.TrySetResult();
    }
}
