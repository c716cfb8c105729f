namespace Kthena.Embedded.Kubernetes.Core.Watching;

/// <summary>
/// The last changes of one kind. Watchers hold a position in it instead of queues of their own, so a slow one costs
/// nothing: it falls off the end and is told that its version has expired.
/// </summary>
/// <param name="capacity">How many changes are kept.</param>
/// <param name="floor">The version before the first that this process gives out; older ones are not known.</param>
/// <param name="durable">The newest version of the process before, from which nothing was missed.</param>
internal sealed class WatchHistory(int capacity, long floor, long durable)
{
    private readonly Lock _gate = new();
    private readonly List<WatchStream> _waiting = [];
    private WatchEvent?[] _ring = new WatchEvent?[Math.Min(capacity, 64)];
    private long _count;
    private long _first;
    private long _forgotten = floor;

    public void Append(WatchEvent happened)
    {
        WatchStream[] wake;
        lock (_gate)
        {
            if (_count - _first == _ring.Length)
                MakeRoom();
            _ring[_count % _ring.Length] = happened;
            _count++;
            wake = [.. _waiting];
            _waiting.Clear();
        }
        foreach (WatchStream stream in wake)
            stream.Wake();
    }

    /// <summary>The position after a version, or null when changes since then are forgotten.</summary>
    public long? PositionAfter(long resourceVersion)
    {
        lock (_gate)
        {
            if (resourceVersion < _forgotten && !(resourceVersion == durable && _first == 0))
                return null;
            long low = _first, high = _count;
            while (low < high)
            {
                long middle = (low + high) >>> 1;
                if (_ring[middle % _ring.Length]!.ResourceVersion <= resourceVersion)
                    low = middle + 1;
                else
                    high = middle;
            }
            return low;
        }
    }

    /// <summary>The change at a position.</summary>
    /// <param name="position">The position.</param>
    /// <param name="happened">The change; null when there is none yet.</param>
    /// <returns>False when the position is forgotten.</returns>
    public bool TryRead(long position, out WatchEvent? happened)
    {
        lock (_gate)
        {
            happened = position < _count && position >= _first ? _ring[position % _ring.Length] : null;
            return position >= _first;
        }
    }

    /// <summary>Asks for one <see cref="WatchStream.Wake"/> when the position is there; at once when it already is.</summary>
    public void WakeAt(long position, WatchStream stream)
    {
        lock (_gate)
        {
            if (position >= _count)
            {
                if (!_waiting.Contains(stream))
                    _waiting.Add(stream);
                return;
            }
        }
        stream.Wake();
    }

    public void Forget(WatchStream stream)
    {
        lock (_gate)
            _waiting.Remove(stream);
    }

    private void MakeRoom()
    {
        if (_ring.Length < capacity)
        {
            var larger = new WatchEvent?[Math.Min(capacity, _ring.Length * 2)];
            for (long at = _first; at < _count; at++)
                larger[at % larger.Length] = _ring[at % _ring.Length];
            _ring = larger;
            return;
        }
        _forgotten = _ring[_first % _ring.Length]!.ResourceVersion;
        _ring[_first % _ring.Length] = null;
        _first++;
    }
}
