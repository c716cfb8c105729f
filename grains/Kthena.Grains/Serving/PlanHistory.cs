using System.Collections.Immutable;
using Kthena.Model.Serving;

namespace Kthena.Grains.Serving;

/// <summary>The last plans that asked for anything. Those that ask for nothing are no news, and are not told here.</summary>
/// <param name="recordsMax">How many are kept.</param>
internal sealed class PlanHistory(int recordsMax)
{
    /// <summary>The records, oldest first.</summary>
    public ImmutableArray<PlanRecord> Records { get; private set; } = [];

    /// <summary>Notes a plan.</summary>
    /// <param name="now">When it was made.</param>
    /// <param name="seen">What it was made from.</param>
    /// <param name="decided">What it asks for.</param>
    /// <param name="why">The reasons.</param>
    public void Add(DateTimeOffset now, string seen, string decided, string why)
    {
        ImmutableArray<PlanRecord> kept = Records.Length < recordsMax ? Records : Records.RemoveAt(0);
        Records = kept.Add(new PlanRecord(now, seen, decided, why));
    }
}
