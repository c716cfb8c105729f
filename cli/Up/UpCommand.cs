using System.CommandLine;
using Kthena.Cli.Hosting;

namespace Kthena.Cli.Up;

/// <summary><c>kthena up</c>: the whole platform in this process.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var dataFolder = new Option<string>("--data-dir")
        {
            Description = "Where state, certificates and the kubeconfig live.",
            HelpName = "DIR",
            DefaultValueFactory = static _ => UpOptions.DefaultDataFolder,
        };
        var routerPort = new Option<int>("--router-port")
        {
            Description = "The gateway's port on loopback; 0 takes a free one.",
            HelpName = "P",
            DefaultValueFactory = static _ => UpOptions.DefaultRouterPort,
        };
        var apiPort = new Option<int>("--api-port")
        {
            Description = "The API server's port on loopback; 0 takes a free one.",
            HelpName = "P",
            DefaultValueFactory = static _ => UpOptions.DefaultApiPort,
        };
        var metricsPort = new Option<int?>("--metrics-port")
        {
            Description = "The port of the gateway's metrics on loopback; 0 takes a free one. Default: 9090, or a free one when --router-port is given.",
            HelpName = "P",
        };
        var debugPort = new Option<int?>("--debug-port")
        {
            Description = "The port of the gateway's debug endpoints on loopback; 0 takes a free one. Default: 15000, or a free one when --router-port is given.",
            HelpName = "P",
        };
        var controlPort = new Option<int>("--control-port")
        {
            Description = "The port of the control plane's debug endpoints on loopback; 0 takes a free one, which 'kthena explain' finds in the data folder.",
            HelpName = "P",
        };
        Option<string?> schedulerConfig = SchedulerConfigOption.Create();
        var noQuickstart = new Option<bool>("--no-quickstart")
        {
            Description = "Leave a new data folder empty.",
        };
        var command = new Command(
            "up",
            """
            Starts the whole platform on this machine.

            The gateway honours ACCESS_LOG_ENABLED, ACCESS_LOG_FORMAT, ACCESS_LOG_OUTPUT, DRAIN_TIMEOUT, SNAPSHOT_FILE, SNAPSHOT_MAX_AGE and
            OpenTelemetry's OTEL_EXPORTER_OTLP_ENDPOINT and others of the environment.
            """)
        {
            dataFolder, routerPort, apiPort, metricsPort, debugPort, controlPort, schedulerConfig, noQuickstart,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var options = new UpOptions(
                Path.GetFullPath(parsed.GetValue(dataFolder)!),
                parsed.GetValue(routerPort),
                parsed.GetValue(apiPort),
                !parsed.GetValue(noQuickstart),
                parsed.GetValue(metricsPort),
                parsed.GetValue(debugPort),
                parsed.GetValue(controlPort),
                parsed.GetValue(schedulerConfig));
            return CommandRun.RunAsync(options.Faults(), () => RunAsync(options, cancellation), cancellation);
        });
        return command;
    }

    private static async Task RunAsync(UpOptions options, CancellationToken cancellation)
    {
        await using LocalPlatform platform = await LocalPlatform.StartAsync(options, TimeProvider.System, cancellation);
        await Announcement.WriteAsync(Console.Out, platform, options.AppliesQuickstart);
        await platform.WaitForStopAsync(cancellation);
    }
}
