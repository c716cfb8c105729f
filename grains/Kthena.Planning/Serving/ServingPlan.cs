using System.Collections.Immutable;
using Kthena.Model.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Serving;

/// <summary>An assignment to hand down.</summary>
/// <param name="Ordinal">The group's ordinal.</param>
/// <param name="Assignment">What is wanted of it.</param>
public sealed record GroupOrder(int Ordinal, GroupAssignment Assignment)
{
    /// <summary><c>keep 0 at revision</c> or <c>delete 0</c>.</summary>
    public override string ToString() => Assignment.IsDeleting
        ? $"delete group {Ordinal}"
        : $"keep group {Ordinal} at {Assignment.Revision}";
}

/// <summary>What is to be done for one ModelServing.</summary>
public sealed record ServingPlan
{
    private const int OrdersShownMax = 8;

    /// <summary>The writes, in order; a failed one ends the list, and then nothing is ordered either.</summary>
    public ImmutableArray<ClusterWrite> Writes { get; init; } = [];

    /// <summary>The assignments that groups do not have yet, ascending by ordinal.</summary>
    public ImmutableArray<GroupOrder> Orders { get; init; } = [];

    /// <summary>Groups that are gone and not wanted: nothing has to be known of them any more.</summary>
    public ImmutableArray<int> Forgotten { get; init; } = [];

    /// <summary>The record after the writes; null when they do not change it.</summary>
    public StepRecord? Recorded { get; init; }

    /// <summary>When to look again although nothing changed; null for never.</summary>
    public TimeSpan? RequeueAfter { get; init; }

    /// <summary>Whether nothing is to be done.</summary>
    public bool IsEmpty => Writes.Length == 0 && Orders.Length == 0;

    /// <summary>Whether the status is written.</summary>
    public bool WritesStatus => Writes.Any(static write => write is PatchObject { Subresource: "status" });

    /// <summary>The plan in one line.</summary>
    public override string ToString()
    {
        IEnumerable<string> orders = Orders.Take(OrdersShownMax).Select(static order => order.ToString());
        string rest = Orders.Length > OrdersShownMax ? $"; and {Orders.Length - OrdersShownMax} more groups" : "";
        return $"{PlanText.Of(Writes)}; {(Orders.Length == 0 ? "nothing to order" : string.Join("; ", orders))}{rest}";
    }
}
