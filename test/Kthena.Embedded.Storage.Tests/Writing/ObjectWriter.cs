using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Embedded.Kubernetes.Hosting;

namespace Kthena.Embedded.Storage.Tests.Writing;

/// <summary>
/// Clients of an API server: for each number they make an object, delete that of three numbers before, and patch one of their own.
/// The numbers tell which of them must be there.
/// </summary>
internal sealed class ObjectWriter(DurableStore store, ApiServer server) : IWriter
{
    private const int Writers = 4;
    private const int Kept = 3;
    private const string Objects = "/api/v1/namespaces/default/configmaps";
    private readonly long[] _last = new long[Writers];
    private long _newest;

    public static async Task<IWriter> OpenAsync(string folder)
    {
        var store = DurableStore.Open(Path.Combine(folder, "kubernetes.db"));
        ApiServer server = await ApiServer.StartAsync(new ApiServerOptions
        {
            Time = TimeProvider.System,
            Identifiers = new RandomIdentifiers(new Random()),
            Journal = new StoreJournal(store),
        });
        return new ObjectWriter(store, server);
    }

    public async Task TellAsync(Report report)
    {
        ApiResponse list = await server.HandleAsync(new ApiRequest("GET", Objects));
        var found = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (JsonElement item in list.BodyJson().GetProperty("items").EnumerateArray())
        {
            JsonElement metadata = item.GetProperty("metadata");
            string name = metadata.GetProperty("name").GetString()!;
            long number = long.Parse(item.GetProperty("data").GetProperty("number").GetString()!, CultureInfo.InvariantCulture);
            if (item.GetProperty("data").GetProperty("text").GetString() != Content.Of(name, number))
                report.Torn($"{name} has the text of another number than {number}");
            _newest = Math.Max(_newest, long.Parse(metadata.GetProperty("resourceVersion").GetString()!, CultureInfo.InvariantCulture));
            found[name] = number;
        }
        for (int writer = 0; writer < Writers; writer++)
        {
            long last = _last[writer] = found.GetValueOrDefault(Key(writer));
            report.Found(Key(writer), last);
            string prefix = Key(writer) + "-of-";
            long[] made = [.. found.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(static pair => pair.Value).Order()];
            report.Found($"made-{writer}", made.LastOrDefault());
            report.Found($"deleted-{writer}", made.Length > 0 ? made[0] - 1 : 0);
            if (made.Length > 0 && made.Length != made[^1] - made[0] + 1)
                report.Torn($"of {prefix} there are {string.Join(", ", made)}");
        }
    }

    public IEnumerable<Task> Write(Report report) => Enumerable.Range(0, Writers).Select(async writer =>
    {
        string key = Key(writer);
        while (true)
        {
            long number = ++_last[writer];
            await SendAsync("POST", Objects, Numbered(key, number), number);
            report.Acknowledged($"made-{writer}", number);
            if (number > Kept)
            {
                await SendAsync("DELETE", $"{Objects}/{Numbered(key, number - Kept)}", null, 0);
                report.Acknowledged($"deleted-{writer}", number - Kept);
            }
            // Last, for the next start goes on from here.
            await (number == 1 ? SendAsync("POST", Objects, key, number) : SendAsync("PATCH", $"{Objects}/{key}", key, number));
            report.Acknowledged(key, number);
        }
    });

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static string Key(int writer) => string.Create(CultureInfo.InvariantCulture, $"object-{writer}");

    private static string Numbered(string key, long number) => string.Create(CultureInfo.InvariantCulture, $"{key}-of-{number}");

    /// <summary>A 404 of a deletion and a 409 of a creation say that the one before the kill was carried out.</summary>
    private async Task SendAsync(string method, string path, string? name, long number)
    {
        ApiResponse response = await server.HandleAsync(new ApiRequest(method, path)
        {
            ContentType = method == "PATCH" ? "application/merge-patch+json" : "application/json",
            Body = name is null ? default : Body(name, number),
        });
        if (!response.IsSuccess && (method, response.Status) is not (("DELETE", 404) or ("POST", 409)))
            throw new InvalidOperationException($"{method} {path}: {response}");
        if (method != "DELETE" && response.IsSuccess)
            CheckVersion(response.BodyJson().GetProperty("metadata").GetProperty("resourceVersion").GetString()!);
    }

    /// <summary>A version that was seen before the kill must not mean anything else after it.</summary>
    private void CheckVersion(string version)
    {
        if (long.Parse(version, CultureInfo.InvariantCulture) <= _newest)
            throw new InvalidOperationException($"Version {version} was given out again after {_newest}.");
    }

    private static byte[] Body(string name, long number) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name },
        ["data"] = new JsonObject
        {
            ["number"] = number.ToString(CultureInfo.InvariantCulture),
            ["text"] = Content.Of(name, number),
        },
    });
}
