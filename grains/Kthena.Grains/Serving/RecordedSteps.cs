using Kthena.Grains.Reconciling;
using Kthena.Model;
using Kthena.Planning.Serving;
using Microsoft.Extensions.Logging;

namespace Kthena.Grains.Serving;

/// <summary>
/// Keeps one activation from going on where another left off before it knows as much: steps that another recorded or ended follow
/// from what it knew, and both together would take more than the budget. There is no patience here: who does not get to know
/// takes nothing away, and heals what is lost all the same.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logger">Where it is told that nothing is taken away for long.</param>
internal sealed partial class RecordedSteps(TimeProvider time, ILogger logger)
{
    private StepRecord _known;
    private DateTimeOffset? _behindSince;
    private bool _isTold;

    /// <summary>Whether what is known is what a record follows from.</summary>
    /// <param name="recorded">The record.</param>
    public bool AreKnown(StepRecord recorded) => recorded == _known;

    /// <summary>Notes a record of one's own.</summary>
    /// <param name="recorded">The record; null where none was written.</param>
    public void Wrote(StepRecord? recorded) => _known = recorded ?? _known;

    /// <summary>Compares a record with what is known of the groups.</summary>
    /// <param name="serving">The ModelServing.</param>
    /// <param name="recorded">The record.</param>
    /// <param name="groups">What is known.</param>
    public void Compare(NamespacedName serving, StepRecord recorded, KnownGroups groups)
    {
        // One's own record is known, however old the last word of a group is that had nothing to say since.
        if (AreKnown(recorded) || (groups.HaveLooked && groups.AreSeenUpTo(recorded.PodsSeen)))
        {
            (_known, _behindSince, _isTold) = (recorded, null, false);
            return;
        }
        _behindSince ??= time.GetUtcNow();
        if (_isTold || time.GetUtcNow() - _behindSince <= CacheGate.Patience)
            return;
        _isTold = true;
        LogBehind(serving, recorded.PodsSeen, string.Join(", ", groups.NotSeenUpTo(recorded.PodsSeen).Take(8)));
    }

    [LoggerMessage(EventId = 4103, Level = LogLevel.Warning,
        Message = "ModelServing {Key}: no group is taken away until pods are seen up to version {Needed}; behind are groups {Groups}: is a silo cut off from the API server?")]
    private partial void LogBehind(NamespacedName key, long needed, string groups);
}
