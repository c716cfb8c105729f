using System.Net;
using System.Text.Json;
using static Kthena.Embedded.Kubernetes.Tests.Host.ServerFixture;

namespace Kthena.Embedded.Kubernetes.Tests.Host;

public class HttpTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Pods = "/api/v1/namespaces/default/pods";

    [Fact]
    public void Server_Listens_OnLoopbackOnly() => fixture.Server.Uri.Host.ShouldBe("127.0.0.1");

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Get_OverEitherProtocol_Answers(string version)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/namespaces/default")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using HttpResponseMessage response = await fixture.Client.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Version.ShouldBe(Version.Parse(version));
    }

    [Fact]
    public async Task Request_WithoutToken_IsUnauthorized()
    {
        using HttpClient stranger = ClientOf(fixture.Server, withToken: false);

        (await stranger.GetAsync("/api/v1/namespaces")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await stranger.GetAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Body_OverThreeMebibytes_IsRefusedWithStatus()
    {
        string huge = $$$"""{"metadata":{"name":"huge"},"data":{"a":"{{{new string('x', 3 * 1024 * 1024)}}}"}}""";

        using HttpResponseMessage response = await fixture.Client.PostAsync("/api/v1/namespaces/default/configmaps", JsonBody(huge));

        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("kind").GetString().ShouldBe("Status");
    }

    [Fact]
    public async Task Watch_OverHttp_StreamsEachChangeAsALine()
    {
        using HttpResponseMessage response = await fixture.Client.GetAsync($"{Pods}?watch=1&fieldSelector=metadata.name%3Dwatched", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        await fixture.Client.PostAsync(Pods, JsonBody("""{"metadata":{"name":"watched"},"spec":{"containers":[{"name":"c","image":"x"}]}}"""));
        string? line = await reader.ReadLineAsync();

        JsonElement frame = JsonDocument.Parse(line!).RootElement;
        frame.GetProperty("type").GetString().ShouldBe("ADDED");
        frame.GetProperty("object").GetProperty("metadata").GetProperty("name").GetString().ShouldBe("watched");
    }

    [Fact]
    public async Task UnknownField_WithoutStrict_IsAWarningHeader()
    {
        const string body = """
            {"metadata":{"name":"warned"},"spec":{"modelName":"m","colour":"red","rules":[{"targetModels":[{"modelServerName":"s"}]}]}}
            """;

        using HttpResponseMessage response = await fixture.Client.PostAsync(
            "/apis/networking.serving.volcano.sh/v1alpha1/namespaces/default/modelroutes", JsonBody(body));

        response.StatusCode.ShouldBe(HttpStatusCode.Created);
        response.Headers.GetValues("Warning").ShouldHaveSingleItem().ShouldBe("299 - \"unknown field \\\"spec.colour\\\"\"");
    }

    [Fact]
    public void Secrets_InTheDataFolder_AreForTheirOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
            return;
        foreach (string file in (string[])[fixture.KubeconfigPath, Path.Combine(fixture.Folder, "data", "token"), Path.Combine(fixture.Folder, "data", "ca.key")])
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
    }
}
