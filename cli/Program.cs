using System.CommandLine;
using Kthena.Cli.ApiServer;
using Kthena.Cli.ControllerManager;
using Kthena.Cli.Explaining;
using Kthena.Cli.Nodes;
using Kthena.Cli.Rollouts;
using Kthena.Cli.RouterProcess;
using Kthena.Cli.Up;

var root = new RootCommand("Serves language models on Kubernetes, or on this machine alone.");
root.Subcommands.Add(UpCommand.Create());
root.Subcommands.Add(ControllerManagerCommand.Create());
root.Subcommands.Add(NodeCommand.Create());
root.Subcommands.Add(ExplainCommand.Create());
root.Subcommands.Add(RolloutCommand.Create());
root.Subcommands.Add(RollbackCommand.Create());
root.Subcommands.Add(RouterCommand.Create());
root.Subcommands.Add(ApiServerCommand.Create());

// Ctrl-C cancels the command's token; what runs then has this long to stop cleanly. A router bounds its drain itself.
var configuration = new InvocationConfiguration { ProcessTerminationTimeout = args is ["router", ..] ? TimeSpan.FromDays(1) : TimeSpan.FromSeconds(20) };
return await root.Parse(args).InvokeAsync(configuration);
