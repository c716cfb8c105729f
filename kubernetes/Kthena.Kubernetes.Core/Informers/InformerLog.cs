using Microsoft.Extensions.Logging;

namespace Kthena.Kubernetes.Core;

internal static partial class InformerLog
{
    [LoggerMessage(EventId = 2001, Level = LogLevel.Information, Message = "Listed {Count} {Kind} at version {Version}")]
    public static partial void Listed(this ILogger logger, string kind, int count, ulong version);

    [LoggerMessage(EventId = 2002, Level = LogLevel.Debug, Message = "Watch of {Kind} ended at version {Version}")]
    public static partial void WatchEnded(this ILogger logger, string kind, string version);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Information, Message = "Version {Version} of {Kind} is no longer kept; listing again")]
    public static partial void Relisting(this ILogger logger, string kind, string version);

    [LoggerMessage(EventId = 2004, Level = LogLevel.Warning, Message = "Reading {Kind} failed {Failures} times, again in {DelaySeconds:0.###} s: {Error}")]
    public static partial void ReadFailed(this ILogger logger, string kind, int failures, double delaySeconds, string error);

    [LoggerMessage(EventId = 2005, Level = LogLevel.Warning, Message = "An object of {Kind} cannot be read and keeps its last readable state: {Problem}")]
    public static partial void Unreadable(this ILogger logger, string kind, string problem);

    [LoggerMessage(EventId = 2006, Level = LogLevel.Error, Message = "A subscriber of {Kind} failed on {Change} of {Key}")]
    public static partial void SubscriberFailed(this ILogger logger, Exception error, string kind, ResourceChangeKind change, string key);

    [LoggerMessage(EventId = 2007, Level = LogLevel.Warning, Message = "The version of {Kind} went back from {Before} to {After}: the API server's data was replaced")]
    public static partial void WentBack(this ILogger logger, string kind, ulong before, ulong after);

    [LoggerMessage(EventId = 2008, Level = LogLevel.Information, Message = "The API server does not serve {Kind}, which is looked for now and then: {Error}")]
    public static partial void NotServed(this ILogger logger, string kind, string error);
}
