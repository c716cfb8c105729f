using System.CommandLine;
using Kthena.Cli.Hosting;
using Kthena.Cli.Up;
using Kthena.Embedded.Kubernetes;
using Microsoft.Extensions.Logging;

namespace Kthena.Cli.ApiServer;

/// <summary><c>kthena api-server</c>: the embedded API server alone, for control planes, nodes and tests that run beside it.</summary>
internal static class ApiServerCommand
{
    public static Command Create()
    {
        var dataFolder = new Option<string>("--data-dir")
        {
            Description = "Where objects, certificates and the kubeconfig live.",
            HelpName = "DIR",
            DefaultValueFactory = static _ => UpOptions.DefaultDataFolder,
        };
        var port = new Option<int>("--api-port")
        {
            Description = "The port on loopback; 0 takes a free one.",
            HelpName = "P",
            DefaultValueFactory = static _ => UpOptions.DefaultApiPort,
        };
        var command = new Command("api-server", "Runs the embedded API server alone.") { dataFolder, port };
        command.SetAction((parsed, cancellation) =>
        {
            string folder = Path.GetFullPath(parsed.GetValue(dataFolder)!);
            return CommandRun.RunAsync(Faults(folder, parsed.GetValue(port)), () => RunAsync(folder, parsed.GetValue(port), cancellation), cancellation);
        });
        return command;
    }

    private static IEnumerable<string> Faults(string folder, int port)
    {
        if (port is < 0 or > 65535)
            yield return $"--api-port must be 0 to 65535, not {port}.";
        if (File.Exists(folder))
            yield return $"--data-dir {folder} is a file: name a folder.";
    }

    private static async Task RunAsync(string folder, int port, CancellationToken cancellation)
    {
        await using var parts = new RunningParts(ConsoleLoggers.Create(LogLevel.Warning), TimeProvider.System);
        string kubeconfig = Path.Combine(folder, "kubeconfig");
        EmbeddedApiServer server = await parts.StartApiServerAsync(new EmbeddedApiServerOptions(folder) { Port = port, KubeconfigPath = kubeconfig });

        Console.WriteLine("ready");
        Console.WriteLine($"api server  {server.Uri.ToString().TrimEnd('/')}");
        Console.WriteLine($"kubeconfig  {kubeconfig}");
        await parts.WaitForStopAsync(cancellation);
    }
}
