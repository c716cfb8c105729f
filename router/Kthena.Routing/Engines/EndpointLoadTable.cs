using System.Collections.Immutable;
using Kthena.Model.Routing;

namespace Kthena.Routing.Engines;

/// <summary>The loads of all engines, each with the version at which it changed last.</summary>
/// <param name="firstVersion">Where the versions of this life begin: see <see cref="FirstVersionAt"/>.</param>
public sealed class EndpointLoadTable(long firstVersion)
{
    /// <summary>How many engines are remembered as gone; who has not heard of an earlier one gets everything.</summary>
    public const int GoneMax = 1024;

    private const int ChangesPerMillisecondBits = 21;

    private readonly SortedDictionary<string, (EndpointLoad Load, long Version)> _loads = new(StringComparer.Ordinal);

    private readonly Queue<(string Uid, long Version)> _gone = new();
    private long _wholeBefore = firstVersion;

    /// <summary>
    /// Where the versions of a life begin: what another one that began in another millisecond has counted, two million changes each, is
    /// never among them, whichever clock was ahead.
    /// </summary>
    /// <param name="start">When the life begins.</param>
    public static long FirstVersionAt(DateTimeOffset start) => start.ToUnixTimeMilliseconds() << ChangesPerMillisecondBits;

    /// <summary>The version of the newest change.</summary>
    public long Version { get; private set; } = firstVersion;

    /// <summary>Takes a load; false when it says nothing new.</summary>
    /// <param name="load">The load.</param>
    public bool Report(EndpointLoad load)
    {
        if (_loads.TryGetValue(load.EndpointUid, out (EndpointLoad Load, long Version) before) && before.Load.HasSameContent(load))
            return false;
        _loads[load.EndpointUid] = (load, ++Version);
        return true;
    }

    /// <summary>Forgets every engine that is not among those given; false when there is none.</summary>
    /// <param name="live">The UIDs of those that are there.</param>
    public bool Retain(ImmutableArray<string> live)
    {
        var kept = live.ToHashSet(StringComparer.Ordinal);
        string[] gone = [.. _loads.Keys.Where(uid => !kept.Contains(uid))];
        foreach (string uid in gone)
        {
            _loads.Remove(uid);
            _gone.Enqueue((uid, ++Version));
            if (_gone.Count > GoneMax)
                _wholeBefore = _gone.Dequeue().Version;
        }
        return gone.Length > 0;
    }

    /// <summary>What changed since a version; null when nothing did.</summary>
    /// <param name="knownVersion">The version; one of another life, such as 0, asks for everything.</param>
    public EndpointLoads? Since(long knownVersion)
    {
        bool isWhole = knownVersion < _wholeBefore || knownVersion > Version;
        if (!isWhole && knownVersion == Version)
            return null;
        return new EndpointLoads
        {
            Version = Version,
            IsWhole = isWhole,
            Loads = [.. _loads.Values.Where(entry => isWhole || entry.Version > knownVersion).Select(static entry => entry.Load)],
            GoneUids = isWhole
                ? []
                : [.. _gone.Where(entry => entry.Version > knownVersion && !_loads.ContainsKey(entry.Uid)).Select(static entry => entry.Uid).Distinct()],
        };
    }
}
