using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EndToEnd.Kills;

/// <summary>An API server as a kubeconfig names it. It may be away for a while.</summary>
internal sealed partial class ApiServer : IDisposable
{
    private const string Workload = "/apis/workload.serving.volcano.sh/v1alpha1";

    private readonly HttpClient _http;

    public ApiServer(string kubeconfig)
    {
        string text = File.ReadAllText(kubeconfig);
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
#pragma warning disable CA5359 // It is on loopback, and the test started it.
            SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
#pragma warning restore CA5359
        })
        {
            BaseAddress = new Uri(Server().Match(text).Groups[1].Value),
            Timeout = TimeSpan.FromMinutes(2),
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token().Match(text).Groups[1].Value);
    }

    public static string Servings(string ns, string name = "") => $"{Workload}/namespaces/{ns}/modelservings/{name}".TrimEnd('/');

    public async Task<JsonNode> SendAsync(string method, string path, JsonNode? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue(type));
        using HttpResponseMessage response = await _http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(text)!
            : throw new HttpRequestException($"{method} {path}: {(int)response.StatusCode}: {text}", inner: null, response.StatusCode);
    }

    public Task<JsonNode> PatchAsync(string path, JsonNode patch) => SendAsync("PATCH", path, patch, "application/merge-patch+json");

    /// <summary>The items of a list, by name.</summary>
    public async Task<JsonObject[]> ListAsync(string path) =>
        [.. (await SendAsync("GET", path))["items"]!.AsArray().Select(static item => item!.AsObject()).OrderBy(static item => (string?)item["metadata"]!["name"], StringComparer.Ordinal)];

    public void Dispose() => _http.Dispose();

    [GeneratedRegex(@"server:\s*""?(https://[^""\s,}]+)")]
    private static partial Regex Server();

    [GeneratedRegex(@"token:\s*""?([^""\s,}]+)")]
    private static partial Regex Token();
}
