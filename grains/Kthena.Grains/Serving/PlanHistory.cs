using System.Collections.Immutable;
using Kthena.Model.Serving;
using Microsoft.Extensions.Logging;

namespace Kthena.Grains.Serving;

/// <summary>The last plans of one object that asked for anything, each logged in one line. Those that ask for nothing are no news, and are not told here.</summary>
/// <param name="kind">The object's kind, such as <c>ModelServing</c>.</param>
/// <param name="recordsMax">How many are kept.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where they are told.</param>
internal sealed partial class PlanHistory(string kind, int recordsMax, TimeProvider time, ILogger logger)
{
    /// <summary>The records, oldest first.</summary>
    public ImmutableArray<PlanRecord> Records { get; private set; } = [];

    /// <summary>Notes a plan.</summary>
    /// <param name="key">The object.</param>
    /// <param name="seen">What it was made from.</param>
    /// <param name="decided">What it asks for.</param>
    /// <param name="why">The reasons.</param>
    public void Add(string key, string seen, string decided, string why)
    {
        ImmutableArray<PlanRecord> kept = Records.Length < recordsMax ? Records : Records.RemoveAt(0);
        Records = kept.Add(new PlanRecord(time.GetUtcNow(), seen, decided, why));
        Log(kind, key, seen, decided, why);
    }

    [LoggerMessage(EventId = 4101, Level = LogLevel.Information, Message = "{Kind} {Key}: saw {Seen}; decided {Decided}; because {Why}")]
    private partial void Log(string kind, string key, string seen, string decided, string why);
}
