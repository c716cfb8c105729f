using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Cli.Output;

namespace Kthena.Cli.Up;

/// <summary>Where the parts of a platform listen, in a file of its data folder, so that other commands find them.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="ApiServer">The API server.</param>
/// <param name="Control">The debug endpoints of the control plane.</param>
internal sealed record PublishedEndpoints(Uri Gateway, Uri ApiServer, Uri Control)
{
    private const string FileName = "endpoints.json";

    /// <summary>Writes the file; a reader sees the old one or the new one.</summary>
    /// <param name="dataFolder">The data folder.</param>
    public void Write(string dataFolder)
    {
        string path = Path.Combine(dataFolder, FileName);
        string fresh = path + ".new";
        File.WriteAllText(fresh, PrettyJson.Of(new JsonObject
        {
            ["gateway"] = Gateway.ToString(),
            ["apiServer"] = ApiServer.ToString(),
            ["control"] = Control.ToString(),
        }) + "\n");
        File.Move(fresh, path, overwrite: true);
    }

    /// <summary>Reads the file; null when there is none, or none that can be read.</summary>
    /// <param name="dataFolder">The data folder.</param>
    public static PublishedEndpoints? Find(string dataFolder)
    {
        try
        {
            JsonNode? json = JsonNode.Parse(File.ReadAllText(Path.Combine(dataFolder, FileName)));
            return new PublishedEndpoints(Read("gateway"), Read("apiServer"), Read("control"));

            Uri Read(string name) => new((string?)json?[name] ?? "");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException or UriFormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
