using System.Net;
using Kthena.Model;
using Microsoft.Extensions.Logging;

namespace Kthena.Embedded.Engines;

internal static partial class NodeAgentLog
{
    [LoggerMessage(EventId = 3001, Level = LogLevel.Information, Message = "Registered the simulated node {Node}")]
    public static partial void Registered(this ILogger logger, string node);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Information, Message = "Pod {Pod} runs at {Address} with {Engines} engines")]
    public static partial void Started(this ILogger logger, NamespacedName pod, IPAddress address, int engines);

    [LoggerMessage(EventId = 3003, Level = LogLevel.Information, Message = "Pod {Pod} took its engines back at {Address}")]
    public static partial void Adopted(this ILogger logger, NamespacedName pod, IPAddress address);

    [LoggerMessage(EventId = 3004, Level = LogLevel.Information, Message = "Pod {Pod} stopped")]
    public static partial void Stopped(this ILogger logger, NamespacedName pod);

    [LoggerMessage(EventId = 3005, Level = LogLevel.Warning, Message = "The lease of node {Node} was not renewed: {Error}")]
    public static partial void LeaseNotRenewed(this ILogger logger, string node, string error);
}
