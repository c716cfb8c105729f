using Microsoft.Extensions.Logging;

namespace Kthena.Kubernetes.Core;

internal static partial class WorkQueueLog
{
    [LoggerMessage(EventId = 2101, Level = LogLevel.Warning, Message = "Work on {Key} failed, again in {DelaySeconds:0.###} s: {Error}")]
    public static partial void WorkFailed(this ILogger logger, string key, double delaySeconds, string error);
}
