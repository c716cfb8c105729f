using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Cli.Hosting;
using Kthena.Cli.Output;
using Kthena.Cli.Up;

namespace Kthena.Cli.Explaining;

/// <summary><c>kthena explain</c>: what the control plane saw, decided and why.</summary>
internal static class ExplainCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Command Create() => new("explain", "Tells what the control plane decided, and why.")
    {
        Create("ModelServing", ServingAliases.All, "Tells the last plans of a ModelServing."),
        Create("LeaderWorkerSet", ["leaderworkersets", "lws"], "Tells the last plans of a LeaderWorkerSet and of the ModelServing that serves it."),
    };

    private static Command Create(string kind, string[] aliases, string description)
    {
        var name = new Argument<string>("NAME") { Description = $"The {kind}." };
        var ns = new Option<string>("--namespace", "-n") { Description = "Its namespace.", HelpName = "NS", DefaultValueFactory = static _ => "default" };
        var group = new Option<int?>("--group") { Description = "Also the plans of this ServingGroup and its roles.", HelpName = "ORDINAL" };
        var dataFolder = new Option<string>("--data-dir")
        {
            Description = "The data folder of a running 'kthena up'.",
            HelpName = "DIR",
            DefaultValueFactory = static _ => UpOptions.DefaultDataFolder,
        };
        var server = new Option<string?>("--server")
        {
            Description = "The debug endpoints of a control plane, as its --control-port opens them, instead of --data-dir.",
            HelpName = "URL",
        };
        Option<string> output = OutputOption.Create();
        var command = new Command(kind.ToLowerInvariant(), description) { name, ns, group, dataFolder, server, output };
        foreach (string alias in aliases)
            command.Aliases.Add(alias);
        command.SetAction((parsed, cancellation) => CommandRun.RunAsync(
            [],
            async () =>
            {
                Uri control = Find(parsed.GetValue(server), Path.GetFullPath(parsed.GetValue(dataFolder)!));
                JsonNode report = await AskAsync(control, kind, parsed.GetValue(ns)!, parsed.GetValue(name)!, parsed.GetValue(group), cancellation);
                Write(Console.Out, report, parsed.GetValue(output) == "json");
            },
            cancellation));
        return command;
    }

    private static Uri Find(string? server, string dataFolder)
    {
        if (server is not null)
        {
            return Uri.TryCreate(server, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"
                ? uri
                : throw new StartException($"--server must be a URL such as http://127.0.0.1:15001, not '{server}'.");
        }
        return PublishedEndpoints.Find(dataFolder)?.Control
            ?? throw new StartException($"No platform has run in {dataFolder}: start one with 'kthena up', or name its folder with --data-dir, or a control plane with --server.");
    }

    private static async Task<JsonNode> AskAsync(Uri control, string kind, string ns, string name, int? group, CancellationToken cancellation)
    {
        string query = group is int ordinal ? FormattableString.Invariant($"?group={ordinal}") : "";
        var address = new Uri(control, $"/debug/{kind.ToLowerInvariant()}/{Uri.EscapeDataString(ns)}/{Uri.EscapeDataString(name)}/plans{query}");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = !control.IsLoopback }) { Timeout = Patience };
        try
        {
            using HttpResponseMessage response = await http.GetAsync(address, cancellation);
            if (response.StatusCode == HttpStatusCode.NotFound)
                throw new StartException($"There is no {kind} {name} in namespace {ns}.");
            response.EnsureSuccessStatusCode();
            return JsonNode.Parse(await response.Content.ReadAsByteArrayAsync(cancellation)) ?? throw new JsonException();
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or JsonException && !cancellation.IsCancellationRequested)
        {
            throw new StartException($"The control plane at {control} does not answer: is it running? ({fault.Message})", fault);
        }
    }

    private static void Write(TextWriter output, JsonNode report, bool isJson)
    {
        if (isJson)
        {
            output.WriteLine(PrettyJson.Of(report));
            return;
        }
        JsonArray plans = report["plans"]!.AsArray();
        if (plans.Count == 0)
            output.WriteLine("Nothing has been decided since the control plane started.");
        foreach (JsonNode? plan in plans)
        {
            output.WriteLine($"{(DateTimeOffset)plan!["time"]!:yyyy-MM-dd HH:mm:ss.fff}Z  {plan["of"]}");
            output.WriteLine($"    saw      {plan["seen"]}");
            output.WriteLine($"    decided  {plan["decided"]}");
            output.WriteLine($"    because  {plan["why"]}");
        }
    }
}
