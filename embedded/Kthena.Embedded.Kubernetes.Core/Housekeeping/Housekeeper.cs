using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Watching;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Housekeeping;

/// <summary>
/// What a cluster's own controllers do behind the API server: pods are bound to nodes, objects without owners are
/// collected, namespaces are emptied, old events go. It learns of changes under the gate and works in small steps, each one commit.
/// </summary>
internal sealed class Housekeeper
{
    private const int ChangesMost = 128;

    private readonly ServerState _state;
    private readonly PodScheduler _scheduler;
    private readonly OwnerCollector _collector;
    private readonly NamespaceCleaner _cleaner;
    private readonly EventExpiry _expiry;
    private TaskCompletionSource? _signal;

    public Housekeeper(ServerState state)
    {
        _state = state;
        _scheduler = new PodScheduler(state);
        _collector = new OwnerCollector(state);
        _cleaner = new NamespaceCleaner(state);
        _expiry = new EventExpiry(state);
        foreach (KindStore store in state.Store.Kinds.ToList())
        {
            foreach (StoredObject stored in store.Objects.Values)
                Observe(store.Kind, new WatchEvent(stored, null, IsDelete: false));
        }
        state.Observer = OnChanged;
    }

    private bool HasWork => _scheduler.HasWork || _collector.HasWork || _cleaner.HasWork || _expiry.HasWork;

    /// <summary>Does all the work there is.</summary>
    public async Task DrainAsync()
    {
        while (true)
        {
            Task durable;
            lock (_state.Gate)
            {
                List<ObjectChange> changes = Plan();
                if (changes.Count == 0)
                    return;
                durable = _state.Write(changes).Durable;
            }
            await _state.SettleAsync(durable);
        }
    }

    /// <summary>Works until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await DrainAsync();
            TaskCompletionSource signal;
            lock (_state.Gate)
            {
                if (HasWork)
                    continue;
                _signal = signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            // Not WaitAsync: it would go through the thread pool, where a simulation must not go.
            using CancellationTokenRegistration cancelled = cancellation.UnsafeRegister(
                static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), signal);
            await signal.Task;
        }
    }

    /// <summary>The next changes, at most one for each object.</summary>
    private List<ObjectChange> Plan()
    {
        var changes = new ChangeSet(ChangesMost);
        while (HasWork && changes.IsEmpty)
        {
            _scheduler.Plan(changes);
            _collector.Plan(changes);
            _cleaner.Plan(changes);
            _expiry.Plan(changes);
        }
        return changes.ToList();
    }

    private void OnChanged(ApiKind kind, WatchEvent happened)
    {
        Observe(kind, happened);
        if (!HasWork || _signal is null)
            return;
        _signal.TrySetResult();
        _signal = null;
    }

    private void Observe(ApiKind kind, WatchEvent happened)
    {
        if (kind.Resource == ResourceKinds.Pod)
            _scheduler.ObservePod(happened);
        else if (kind.Resource == ResourceKinds.Node)
            _scheduler.ObserveNode();
        else if (kind.Resource == ResourceKinds.Event)
            _expiry.Observe();
        _collector.Observe(kind, happened);
        _cleaner.Observe(kind, happened);
    }
}

/// <summary>The changes of one step: bounded, and never two of one object.</summary>
internal sealed class ChangeSet(int capacity)
{
    private readonly List<ObjectChange> _changes = [];
    private readonly SortedSet<string> _touched = new(StringComparer.Ordinal);

    public bool IsEmpty => _changes.Count == 0;

    public bool IsFull => _changes.Count >= capacity;

    public bool IsTouched(ApiKind kind, ObjectKey key) => _touched.Contains($"{kind.Space} {key}");

    public void Add(ObjectKey key, ObjectChange change)
    {
        if (_touched.Add($"{change.Kind.Space} {key}"))
            _changes.Add(change);
    }

    public List<ObjectChange> ToList() => _changes;
}
