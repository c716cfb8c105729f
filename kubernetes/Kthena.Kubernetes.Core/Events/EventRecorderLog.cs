using Microsoft.Extensions.Logging;

namespace Kthena.Kubernetes.Core;

internal static partial class EventRecorderLog
{
    [LoggerMessage(EventId = 2201, Level = LogLevel.Warning, Message = "The event {Reason} of {Kind} {Key} was not written: {Error}")]
    public static partial void EventLost(this ILogger logger, string reason, string kind, string key, string error);

    [LoggerMessage(EventId = 2202, Level = LogLevel.Warning, Message = "The queue of events is full; {Dropped} were dropped so far")]
    public static partial void QueueFull(this ILogger logger, long dropped);
}
