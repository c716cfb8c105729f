using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kthena.Cli.Output;

/// <summary>JSON for people and for jq: indented, with no more escapes than it must have.</summary>
internal static class PrettyJson
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a node.</summary>
    /// <param name="node">The node.</param>
    public static string Of(JsonNode node) => node.ToJsonString(Options);
}
