using Microsoft.Extensions.Logging;

namespace Kthena.Cli.Hosting;

/// <summary>Logs on standard error, so that standard output stays with what the command prints and the access log.</summary>
internal static class ConsoleLoggers
{
    /// <summary>Makes the loggers.</summary>
    /// <param name="own">From which level on the platform's own parts are heard; libraries are from warnings on.</param>
    public static ILoggerFactory Create(LogLevel own) => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(LogLevel.Warning)
        .AddFilter("Kthena", own)
        // Clients come and go; what the gateway makes of it stands in its access log.
        .AddFilter("Yarp.ReverseProxy.Forwarder", LogLevel.Error)
        // A host that cannot start throws what it logs here, and the command says it in one line.
        .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
        // Orleans warns at every start that it would rather have the server's garbage collector, and that its watchdog,
        // which has yet to run, was late. Neither is news.
        .AddFilter("Orleans.Runtime.Silo", LogLevel.Error)
        .AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)
        // While no silo can be reached, each call and each attempt to connect warns; the router's client says it once.
        .AddFilter("Orleans.Messaging.GatewayManager", LogLevel.Error)
        .AddFilter("Orleans.Runtime.Messaging", LogLevel.Error)
        .AddConsole(static console => console.LogToStandardErrorThreshold = LogLevel.Trace));
}
