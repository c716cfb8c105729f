using System.Collections.Immutable;
using Kthena.Model.Routing;

namespace Kthena.Routing.Engines;

/// <summary>The loads of all engines, each with the version at which it changed last.</summary>
/// <param name="firstVersion">Greater than every version of the life before.</param>
public sealed class EndpointLoadTable(long firstVersion)
{
    private readonly long _firstVersion = firstVersion;
    private readonly SortedDictionary<string, (EndpointLoad Load, long Version)> _loads = new(StringComparer.Ordinal);

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

    /// <summary>Forgets every engine that is not among those given.</summary>
    /// <param name="live">The UIDs of those that are there.</param>
    public void Retain(ImmutableArray<string> live)
    {
        var kept = live.ToHashSet(StringComparer.Ordinal);
        foreach (string gone in _loads.Keys.Where(uid => !kept.Contains(uid)).ToArray())
            _loads.Remove(gone);
    }

    /// <summary>What changed since a version; null when nothing did.</summary>
    /// <param name="knownVersion">The version; one of another life, such as 0, asks for everything.</param>
    public EndpointLoads? Since(long knownVersion)
    {
        bool isWhole = knownVersion < _firstVersion || knownVersion > Version;
        if (!isWhole && knownVersion == Version)
            return null;
        return new EndpointLoads
        {
            Version = Version,
            IsWhole = isWhole,
            Loads = [.. _loads.Values.Where(entry => isWhole || entry.Version > knownVersion).Select(static entry => entry.Load)],
        };
    }
}
