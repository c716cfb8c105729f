using System.CommandLine;
using Kthena.Cli.Hosting;
using Kthena.Cli.Output;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Microsoft.Extensions.Logging;

namespace Kthena.Cli.Rollouts;

/// <summary>What a command needs to find a ModelServing on an API server.</summary>
internal sealed class ServingTarget
{
    private readonly Argument<string> _name = new("NAME") { Description = "The ModelServing." };

    private readonly Option<string?> _namespace = new("--namespace", "-n")
    {
        Description = "Its namespace; without it the kubeconfig's.",
        HelpName = "NS",
    };

    private readonly Option<string?> _kubeconfig = new("--kubeconfig")
    {
        Description = "The API server; without it KUBECONFIG, then ~/.kube/config.",
        HelpName = "FILE",
    };

    /// <summary>Adds the argument, the options and the other names of the kind to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_name);
        command.Options.Add(_namespace);
        command.Options.Add(_kubeconfig);
        foreach (string alias in ServingAliases.All)
            command.Aliases.Add(alias);
    }

    /// <summary>Works with a client of the API server.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    public Task<int> RunAsync(ParseResult parsed, Func<KubernetesClient, NamespacedName, Task> work, CancellationToken cancellation) =>
        CommandRun.RunAsync(
            [],
            async () =>
            {
                KubernetesConnection connection =
                    ConnectionSources.From(ProcessEnvironment.Variable, parsed.GetValue(_kubeconfig)).Resolve();
                await using var parts = new RunningParts(ConsoleLoggers.Create(LogLevel.Warning), TimeProvider.System);
                (_, KubernetesClient client) = parts.Connect(connection);
                await work(client, new NamespacedName(parsed.GetValue(_namespace) ?? connection.Namespace, parsed.GetValue(_name)!));
            },
            cancellation);
}
