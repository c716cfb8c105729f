using Kthena.Model.Routing;

namespace Kthena.Routing.Snapshots;

/// <summary>The newest routing table and the last changes that led to it.</summary>
public sealed class RoutingHistory
{
    /// <summary>How many changes are kept; who knows an older version gets everything.</summary>
    public const int DeltasMax = 64;

    private readonly Queue<RoutingDelta> _deltas = new();

    /// <summary>The newest table; version 0 before the first.</summary>
    public RoutingSnapshot Newest { get; private set; } = RoutingSnapshot.Empty;

    /// <summary>Takes the next table.</summary>
    /// <param name="next">The table, with a version above the one before.</param>
    public void Add(RoutingSnapshot next)
    {
        // What leads from nothing to the first table is the table.
        if (Newest.Version != 0)
            _deltas.Enqueue(RoutingDeltas.Between(Newest, next));
        if (_deltas.Count > DeltasMax)
            _deltas.Dequeue();
        Newest = next;
    }

    /// <summary>The way from a version to the newest table.</summary>
    /// <param name="knownVersion">The version that somebody has; 0 for none.</param>
    /// <returns>Null when that is the newest, or there is none.</returns>
    public RoutingUpdate? Since(long knownVersion)
    {
        if (knownVersion == Newest.Version || Newest.Version == 0)
            return null;
        RoutingDelta[] since = [.. _deltas.SkipWhile(delta => delta.FromVersion != knownVersion)];
        return since.Length > 0 ? new RoutingUpdate { Deltas = [.. since] } : new RoutingUpdate { Whole = Newest };
    }
}
