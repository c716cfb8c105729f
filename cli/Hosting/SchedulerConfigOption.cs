using System.CommandLine;

namespace Kthena.Cli.Hosting;

/// <summary>The option of every command that holds a gateway beside other parts.</summary>
internal static class SchedulerConfigOption
{
    public static Option<string?> Create() => new("--scheduler-config")
    {
        Description = "How the gateway schedules: kthena-router's routerConfiguration.yaml, read again when it changes.",
        HelpName = "FILE",
    };
}
