using System.Collections.Immutable;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;

namespace Kthena.Grains.Serving;

/// <summary>The last plans that asked for anything.</summary>
internal sealed class PlanHistory
{
    private const int RecordsMax = 32;

    /// <summary>The records, oldest first.</summary>
    public ImmutableArray<PlanRecord> Records { get; private set; } = [];

    /// <summary>Notes a plan; an empty one is no news.</summary>
    public void Add(ServingObservation observed, ServingPlan plan, DateTimeOffset now)
    {
        if (plan.IsEmpty)
            return;
        ImmutableArray<PlanRecord> kept = Records.Length < RecordsMax ? Records : Records.RemoveAt(0);
        Records = kept.Add(new PlanRecord(now, observed.ToString(), plan.ToString()));
    }
}
