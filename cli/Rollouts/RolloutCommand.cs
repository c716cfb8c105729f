using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Cli.Hosting;
using Kthena.Cli.Output;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Cli.Rollouts;

/// <summary><c>kthena rollout history</c>: the revisions that a ModelServing can go back to.</summary>
internal static class RolloutCommand
{
    public static Command Create()
    {
        var target = new ServingTarget();
        Option<string> output = OutputOption.Create();
        var serving = new Command("modelserving", "Lists the stored revisions of a ModelServing.") { output };
        target.AddTo(serving);
        serving.SetAction((parsed, cancellation) => target.RunAsync(
            parsed,
            async (client, key) => Write(Console.Out, await ServingRevisions.ReadAsync(client, key, cancellation), parsed.GetValue(output) == "json"),
            cancellation));
        return new Command("rollout", "Looks at rollouts.") { new Command("history", "Lists revisions.") { serving } };
    }

    private static void Write(TextWriter output, ServingRevisions revisions, bool isJson)
    {
        ControllerRevision? present = revisions.Present;
        if (isJson)
        {
            output.WriteLine(PrettyJson.Of(new JsonArray([.. revisions.Stored.Select(revision => new JsonObject
            {
                ["revision"] = revision.Revision,
                ["name"] = revision.Metadata.Name,
                ["hash"] = ServingRevisions.HashOf(revision),
                ["isCurrent"] = revision == present,
                ["created"] = revision.Metadata.CreationTimestamp,
                ["images"] = new JsonArray([.. Images(revision).Select(static image => (JsonNode)image)]),
            })])));
            return;
        }
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        TextTable.Write(output, ["REVISION", "HASH", "CURRENT", "AGE", "IMAGES"], revisions.Stored.Select(revision => (IReadOnlyList<string>)
        [
            revision.Revision.ToString(CultureInfo.InvariantCulture),
            ServingRevisions.HashOf(revision),
            revision == present ? "*" : "",
            TextTable.Age(revision.Metadata.CreationTimestamp, now),
            string.Join(", ", Images(revision)),
        ]));
    }

    /// <summary>The images of a revision, as <c>role=image</c> of the entry pods' first containers.</summary>
    private static IEnumerable<string> Images(ControllerRevision revision)
    {
        JsonNode? data = revision.Data.IsAbsent ? null : JsonNode.Parse(revision.Data.Utf8.Span);
        return (data as JsonArray ?? data?["data"] as JsonArray ?? [])
            .Select(static role => $"{role?["name"]}={role?["entryTemplate"]?["spec"]?["containers"]?[0]?["image"]}");
    }
}
