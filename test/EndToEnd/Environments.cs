using System.Net;
using System.Net.Http.Json;

namespace EndToEnd;

/// <summary>What a shell or an image has set for other programs is nothing to the platform.</summary>
public sealed class Environments : IDisposable
{
    private const string Nowhere = "http://127.0.0.1:9";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-e2e-");

    [Fact]
    public async Task Platform_InAnEnvironmentOfOthers_Serves()
    {
        var environment = new Dictionary<string, string>
        {
            ["HTTP_PROXY"] = Nowhere,
            ["HTTPS_PROXY"] = Nowhere,
            ["http_proxy"] = Nowhere,
            ["https_proxy"] = Nowhere,
            ["ALL_PROXY"] = Nowhere,
            ["ASPNETCORE_URLS"] = "http://0.0.0.0:80",
            ["ASPNETCORE_HTTP_PORTS"] = "80",
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["Logging__LogLevel__Default"] = "Trace",
            ["KUBECONFIG"] = "/nonexistent/kubeconfig",
            ["HOME"] = "/nonexistent",
            ["LANG"] = "tr_TR.UTF-8",
            ["LC_ALL"] = "tr_TR.UTF-8",
            ["TZ"] = "Asia/Kathmandu",
            ["TERM"] = "dumb",
            ["DOTNET_gcServer"] = "1",
        };
        await using Platform platform = await Platform.StartAsync(Path.Combine(_folder.FullName, "a b"), environment);

        using HttpResponseMessage response = await platform.Http.PostAsJsonAsync(
            new Uri(platform.Gateway, "/v1/chat/completions"),
            new { model = "quickstart", messages = new[] { new { role = "user", content = "Hello" } } });

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await platform.StopAsync()).ShouldBe(0);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
