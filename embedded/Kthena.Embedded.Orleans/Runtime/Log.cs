using Microsoft.Extensions.Logging;

namespace Kthena.Embedded.Runtime;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "Grain {Activation} failed to activate; the callers that wait get its exception")]
    public static partial void ActivationFailed(ILogger logger, Activation activation, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "Grain {Activation} met a fault while it was deactivated; it is gone all the same")]
    public static partial void DeactivationFailed(ILogger logger, Activation activation, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "A timer's callback of grain {Activation} failed; the timer goes on")]
    public static partial void TimerFailed(ILogger logger, Activation activation, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "The call {Call} failed and nobody waits for its answer")]
    public static partial void FaultWithoutCaller(ILogger logger, string call, Exception exception);

    [LoggerMessage(5, LogLevel.Information, "Silo started with {Classes} grain classes from {Parts} assemblies")]
    public static partial void SiloStarted(ILogger logger, int classes, int parts);

    [LoggerMessage(6, LogLevel.Warning, "{Count} grains were still busy when the silo's time to stop ran out; they were left")]
    public static partial void GrainsLeft(ILogger logger, int count);

    [LoggerMessage(7, LogLevel.Debug, "Collected {Count} idle grains")]
    public static partial void Collected(ILogger logger, int count);

    [LoggerMessage(9, LogLevel.Warning, "The tick of reminder {Reminder} of grain {Grain} failed; the next one comes at its time")]
    public static partial void ReminderFailed(ILogger logger, string reminder, CodeGeneration.GrainTarget grain, Exception exception);

    [LoggerMessage(10, LogLevel.Warning,
        "Reminder {Reminder} of grain {GrainClass}/{Key} is kept but not sent: no grain class of that name can be reminded")]
    public static partial void ReminderOrphaned(ILogger logger, string reminder, string grainClass, string key);

    [LoggerMessage(8, LogLevel.Debug, "Dropped the call {Call}: its observer is gone")]
    public static partial void ObserverGone(ILogger logger, string call);
}
