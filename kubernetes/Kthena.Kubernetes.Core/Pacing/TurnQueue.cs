namespace Kthena.Kubernetes.Core;

/// <summary>
/// Says who is next among those that wait. Reads go before leases, these before writes of objects, these before events. Writes of
/// objects take turns by lane, so that an object with ten thousand pods leaves another with one pod every second turn; within
/// a lane deletes go first, else the order of arrival holds. Events go when no object waits, and every sixteenth turn in any
/// case. Pure, not thread-safe.
/// </summary>
/// <typeparam name="T">What waits.</typeparam>
internal sealed class TurnQueue<T>
    where T : class
{
    private const int ObjectTurnsMax = 15;

    private readonly Queue<T> _reads = new();
    private readonly Queue<T> _leases = new();
    private readonly Queue<T> _events = new();
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly Queue<Lane> _ring = new();
    private int _objectTurns;

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>How many lanes wait.</summary>
    public int Lanes => _lanes.Count;

    /// <summary>Adds one.</summary>
    /// <param name="item">What waits.</param>
    /// <param name="urgency">How urgent it is.</param>
    /// <param name="name">Its lane; it counts for writes of objects.</param>
    public void Add(T item, RequestUrgency urgency, string name)
    {
        Count++;
        switch (urgency)
        {
            case RequestUrgency.Read:
                _reads.Enqueue(item);
                break;
            case RequestUrgency.Lease:
                _leases.Enqueue(item);
                break;
            case RequestUrgency.Event:
                _events.Enqueue(item);
                break;
            default:
                if (!_lanes.TryGetValue(name, out Lane? lane))
                {
                    _lanes[name] = lane = new Lane(name);
                    _ring.Enqueue(lane);
                }
                (urgency == RequestUrgency.Delete ? lane.Deletes : lane.Others).Enqueue(item);
                break;
        }
    }

    /// <summary>Takes the next one of those that may go now; null when none may.</summary>
    /// <param name="mayWrite">Whether a write may go; else only reads do.</param>
    /// <param name="isHeldBack">Whether only reads and leases may go, because the server asked for a pause.</param>
    public T? Next(bool mayWrite, bool isHeldBack)
    {
        T? next = null;
        if (_reads.Count > 0)
            next = _reads.Dequeue();
        else if (mayWrite && _leases.Count > 0)
            next = _leases.Dequeue();
        else if (mayWrite && !isHeldBack)
            next = NextWrite();
        if (next is not null)
            Count--;
        return next;
    }

    private T? NextWrite()
    {
        if (_events.Count > 0 && (_ring.Count == 0 || _objectTurns >= ObjectTurnsMax))
        {
            _objectTurns = 0;
            return _events.Dequeue();
        }
        if (!_ring.TryDequeue(out Lane? lane))
            return null;
        _objectTurns++;
        T item = (lane.Deletes.Count > 0 ? lane.Deletes : lane.Others).Dequeue();
        if (lane.Deletes.Count + lane.Others.Count > 0)
            _ring.Enqueue(lane);
        else
            _lanes.Remove(lane.Name);
        return item;
    }

    private sealed record Lane(string Name)
    {
        public Queue<T> Deletes { get; } = new();

        public Queue<T> Others { get; } = new();
    }
}
