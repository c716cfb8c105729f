using System.CommandLine;
using Kthena.Cli.Hosting;
using Kthena.Embedded.Engines;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Microsoft.Extensions.Logging;

namespace Kthena.Cli.Nodes;

/// <summary><c>kthena node</c>: simulated nodes with simulated engines, for an API server without kubelets.</summary>
internal static class NodeCommand
{
    /// <summary>A controller manager takes a node for lost after 40 s without a lease.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        var kubeconfig = new Option<string?>("--kubeconfig")
        {
            Description = "The API server; without it KUBECONFIG, then ~/.kube/config.",
            HelpName = "FILE",
        };
        var names = new Option<string[]>("--name")
        {
            Description = "A node to register and own; may be given more than once.",
            HelpName = "NODE",
            DefaultValueFactory = static _ => ["kthena-node-0"],
        };
        var binds = new Option<bool>("--bind-pods")
        {
            Description = "Bind pods that have no node to these: for an API server without a scheduler.",
        };
        var command = new Command("node", "Runs simulated nodes and engines on an API server.") { kubeconfig, names, binds };
        command.SetAction((parsed, cancellation) =>
        {
            string[] nodes = parsed.GetValue(names)!;
            return CommandRun.RunAsync(
                Faults(nodes), () => RunAsync(parsed.GetValue(kubeconfig), nodes, parsed.GetValue(binds), cancellation), cancellation);
        });
        return command;
    }

    private static IEnumerable<string> Faults(string[] nodes)
    {
        foreach (string name in nodes.Where(static name => name.Length == 0 || !name.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '.')))
            yield return $"--name must be lower-case letters, digits, hyphens and dots, not '{name}'.";
        foreach (string name in nodes.GroupBy(static name => name).Where(static group => group.Count() > 1).Select(static group => group.Key))
            yield return $"--name {name} is given more than once.";
    }

    private static async Task RunAsync(string? kubeconfig, string[] nodes, bool binds, CancellationToken cancellation)
    {
        KubernetesConnection connection = ConnectionSources.From(ProcessEnvironment.Variable, kubeconfig).Resolve();
        ILoggerFactory loggers = ConsoleLoggers.Create(LogLevel.Information);
        await using var parts = new RunningParts(loggers, TimeProvider.System);
        (_, KubernetesClient client) = parts.Connect(connection);
        var options = new NodeAgentOptions { Nodes = [.. nodes], BindsPods = binds, HeartbeatInterval = Heartbeat };
        NodeAgent agent = parts.Add(new NodeAgent(client, options, TimeProvider.System, new Random(), loggers));
        try
        {
            await agent.StartAsync(cancellation);
        }
        catch (KubernetesException fault)
        {
            throw new StartException($"The API server {connection} cannot be used: {fault.Message}", fault);
        }
        Console.WriteLine("ready");
        Console.WriteLine($"api server  {connection}");
        Console.WriteLine($"nodes       {string.Join(", ", nodes)}");
        await parts.WaitForStopAsync(cancellation);
    }
}
