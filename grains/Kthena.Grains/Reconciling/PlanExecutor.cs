using System.Collections.Immutable;
using Kthena.Grains.Apply;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Planning.Writes;
using Microsoft.Extensions.Logging;

namespace Kthena.Grains.Reconciling;

/// <summary>How far the writes of a plan came.</summary>
/// <param name="IsDone">Whether every one was done or not needed.</param>
/// <param name="RetryAfter">When to plan again although no change may tell; null when changes will.</param>
internal readonly record struct ExecutionResult(bool IsDone, TimeSpan? RetryAfter);

/// <summary>Carries out the writes of one shell's plans, in order; the first that fails ends the list.</summary>
/// <param name="applier">Writes.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where failures go.</param>
internal sealed partial class PlanExecutor(IPlanApplier applier, TimeProvider time, ILogger<PlanExecutor> logger)
{
    /// <summary>A longer list goes on in the next turn, so that no turn is long.</summary>
    private static readonly TimeSpan TurnMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan NameTakenPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private int _failures;

    /// <summary>Carries out writes.</summary>
    /// <param name="writes">The writes.</param>
    /// <param name="serving">The ModelServing that hears of what the API server refuses.</param>
    /// <param name="servingUid">Its UID.</param>
    /// <param name="gate">Learns the versions that the writes made.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<ExecutionResult> ExecuteAsync(
        ImmutableArray<ClusterWrite> writes, NamespacedName serving, string servingUid, CacheGate gate, CancellationToken cancellation)
    {
        TimeSpan? again = null;
        DateTimeOffset end = time.GetUtcNow() + TurnMax;
        foreach (ClusterWrite write in writes)
        {
            if (time.GetUtcNow() >= end)
                return new ExecutionResult(false, TimeSpan.Zero);
            ApplyResult result = await applier.ApplyAsync(write, serving, cancellation);
            gate.Expect(write.Kind.Kind, result.Version);
            switch (result.Outcome)
            {
                case ApplyOutcome.Applied:
                case ApplyOutcome.Unneeded when write is not CreateObject:
                    break;
                case ApplyOutcome.Unneeded:
                    // Either our cache is behind and an event will tell, or the name belongs to somebody else.
                    again = NameTakenPause;
                    break;
                default:
                    return await FailAsync(write, result, serving, servingUid, cancellation);
            }
        }
        _failures = 0;
        return new ExecutionResult(true, again);
    }

    private async Task<ExecutionResult> FailAsync(
        ClusterWrite write, ApplyResult result, NamespacedName serving, string servingUid, CancellationToken cancellation)
    {
        TimeSpan pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(_failures++, 6))));
        if (result.RetryAfter > pause)
            pause = result.RetryAfter.Value;
        LogFailed(write.ToString(), serving.ToString(), result.Outcome, pause.TotalSeconds, result.Message);
        if (result.Outcome == ApplyOutcome.Rejected)
        {
            string verb = write switch { CreateObject => "Create", DeleteObject => "Delete", _ => "Update" };
            await applier.ApplyAsync(
                new RecordEvent(ResourceKinds.ModelServing, serving, servingUid, $"Failed{verb}", $"Could not {write}: {result.Message}")
                {
                    IsWarning = true,
                },
                serving,
                cancellation);
        }
        return new ExecutionResult(false, pause);
    }

    [LoggerMessage(EventId = 4002, Level = LogLevel.Warning,
        Message = "Could not {Write} for {Serving}: {Outcome}, again in {DelaySeconds} s: {Problem}")]
    private partial void LogFailed(string write, string serving, ApplyOutcome outcome, double delaySeconds, string problem);
}
