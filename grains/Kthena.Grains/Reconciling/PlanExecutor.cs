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
/// <param name="Refusal">What the API server refused, and its words; empty when it refused nothing.</param>
internal readonly record struct ExecutionResult(bool IsDone, TimeSpan? RetryAfter, string Refusal = "");

/// <summary>Carries out the writes of one shell's plans, in order; the first that fails ends the list.</summary>
/// <param name="applier">Writes.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where failures go.</param>
internal sealed partial class PlanExecutor(IPlanApplier applier, TimeProvider time, ILogger<PlanExecutor> logger)
{
    /// <summary>So many looks at a name that exists are too many for a cache that is merely behind.</summary>
    private const int LooksAtATakenName = 3;

    /// <summary>A longer list goes on in the next turn, so that no turn is long.</summary>
    private static readonly TimeSpan TurnMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan NameTakenPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestNameTakenPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private int _failures;
    private int _takenLooks;

    /// <summary>Carries out writes.</summary>
    /// <param name="writes">The writes.</param>
    /// <param name="serving">The ModelServing, or the object of another kind, that hears of what the API server refuses.</param>
    /// <param name="servingUid">Its UID.</param>
    /// <param name="gate">Learns the versions that the writes made.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <param name="kind">The kind of the object that hears; null is ModelServing.</param>
    public async Task<ExecutionResult> ExecuteAsync(
        ImmutableArray<ClusterWrite> writes, NamespacedName serving, string servingUid, CacheGate gate, CancellationToken cancellation, ResourceKind? kind = null)
    {
        DateTimeOffset end = time.GetUtcNow() + TurnMax;
        for (int at = 0; at < writes.Length; at++)
        {
            ClusterWrite write = writes[at];
            if (time.GetUtcNow() >= end)
                return new ExecutionResult(false, TimeSpan.Zero);
            ApplyResult result = await applier.ApplyAsync(write, serving, cancellation);
            gate.Expect(write.Kind.Kind, result.Version);
            switch (result.Outcome)
            {
                case ApplyOutcome.Applied:
                case ApplyOutcome.Unneeded when write is not CreateObject:
                case ApplyOutcome.Rejected when write is PatchObject { MayBeRefused: true }:
                    break;
                case ApplyOutcome.Unneeded:
                    await ReportAsync(writes[(at + 1)..], serving, gate, cancellation);
                    return await LookAgainAsync((CreateObject)write, kind ?? ResourceKinds.ModelServing, serving, servingUid, cancellation);
                default:
                    ExecutionResult failed = await FailAsync(write, result, kind ?? ResourceKinds.ModelServing, serving, servingUid, cancellation);
                    await ReportAsync(writes[(at + 1)..], serving, gate, cancellation);
                    return failed;
            }
        }
        (_failures, _takenLooks) = (0, 0);
        return new ExecutionResult(true, null);
    }

    /// <summary>
    /// An object that was to be created exists. Either our cache is behind and an event will tell, or the name belongs to somebody
    /// else: then it is told, and what stands there is left alone. Nothing is built upon it, so the list ends here.
    /// </summary>
    private async Task<ExecutionResult> LookAgainAsync(
        CreateObject taken, ResourceKind kind, NamespacedName serving, string servingUid, CancellationToken cancellation)
    {
        int looks = ++_takenLooks;
        if (looks < LooksAtATakenName)
            return new ExecutionResult(false, NameTakenPause);
        string problem = $"{taken.Kind.Kind} {taken.Target.Name} exists already and belongs to somebody else: it is neither adopted nor overwritten";
        TimeSpan pause = TimeSpan.FromSeconds(Math.Min(LongestNameTakenPause.TotalSeconds, Math.Pow(2, Math.Min(looks - LooksAtATakenName, 6))));
        if (looks == LooksAtATakenName)
        {
            LogFailed(LogLevel.Warning, taken, serving, ApplyOutcome.Unneeded, pause.TotalSeconds, problem);
            await applier.ApplyAsync(new RecordEvent(kind, serving, servingUid, "NameTaken", problem) { IsWarning = true }, serving, cancellation);
        }
        return new ExecutionResult(false, pause, problem);
    }

    private async Task<ExecutionResult> FailAsync(
        ClusterWrite write, ApplyResult result, ResourceKind kind, NamespacedName serving, string servingUid, CancellationToken cancellation)
    {
        TimeSpan pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(_failures++, 6))));
        if (result.RetryAfter > pause)
            pause = result.RetryAfter.Value;
        // A conflict is no failure: somebody else was faster, and the next plan begins with what they wrote.
        LogLevel level = result.Outcome == ApplyOutcome.Conflict ? LogLevel.Debug : LogLevel.Warning;
        LogFailed(level, write, serving, result.Outcome, pause.TotalSeconds, result.Message);
        if (result.Outcome != ApplyOutcome.Rejected)
            return new ExecutionResult(false, pause);
        string verb = write switch { CreateObject => "Create", DeleteObject => "Delete", _ => "Update" };
        await applier.ApplyAsync(
            new RecordEvent(kind, serving, servingUid, $"Failed{verb}", $"Could not {write}: {result.Message}")
            {
                IsWarning = true,
            },
            serving,
            cancellation);
        return new ExecutionResult(false, pause, $"could not {write}: {result.Message}");
    }

    /// <summary>Where something went wrong people look at the status, so it is written all the same.</summary>
    private async Task ReportAsync(ImmutableArray<ClusterWrite> left, NamespacedName serving, CacheGate gate, CancellationToken cancellation)
    {
        foreach (PatchObject status in left.OfType<PatchObject>().Where(static write => write.Subresource == "status"))
            gate.Expect(status.Kind.Kind, (await applier.ApplyAsync(status, serving, cancellation)).Version);
    }

    [LoggerMessage(EventId = 4002, Message = "Could not {Write} for {Serving}: {Outcome}, again in {DelaySeconds} s: {Problem}")]
    private partial void LogFailed(LogLevel level, ClusterWrite write, NamespacedName serving, ApplyOutcome outcome, double delaySeconds, string problem);
}
