using System.Net;
using System.Text.Json;
using static Kthena.Embedded.Kubernetes.Tests.Host.ServerFixture;

namespace Kthena.Embedded.Kubernetes.Tests.Host;

public sealed class RestartTests : IDisposable
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-api-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Abandon_ThenStartAgain_KeepsWhatWasAnswered()
    {
        EmbeddedApiServer first = await StartAsync();
        string token = first.Token;
        using (HttpClient client = ClientOf(first))
        {
            for (int at = 0; at < 20; at++)
                (await client.PostAsync(Maps, JsonBody($$$"""{"metadata":{"name":"m{{{at}}}"},"data":{"a":"b"}}"""))).StatusCode.ShouldBe(HttpStatusCode.Created);
            (await client.DeleteAsync($"{Maps}/m0")).StatusCode.ShouldBe(HttpStatusCode.OK);
        }
        await first.AbandonAsync();

        await using EmbeddedApiServer second = await StartAsync();
        using HttpClient again = ClientOf(second);

        second.Token.ShouldBe(token);
        second.CaCertificatePem.ShouldBe(first.CaCertificatePem);
        JsonElement list = JsonDocument.Parse(await again.GetStringAsync(Maps)).RootElement;
        list.GetProperty("items").GetArrayLength().ShouldBe(19);
    }

    [Fact]
    public async Task Stop_WithOpenWatch_EndsIt()
    {
        EmbeddedApiServer server = await StartAsync();
        using HttpClient client = ClientOf(server);
        using HttpResponseMessage response = await client.GetAsync($"{Maps}?watch=1", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        await server.StopAsync();

        (await reader.ReadLineAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Start_FolderInUse_NamesTheRemedy()
    {
        await using EmbeddedApiServer server = await StartAsync();

        DataFolderInUseException refusal = await Should.ThrowAsync<DataFolderInUseException>(StartAsync);

        refusal.Message.ShouldContain("choose another data folder");
        refusal.Message.ShouldNotContain("\n");
    }

    [Fact]
    public async Task Start_PortInUse_NamesTheRemedyAndLetsTheFolderGo()
    {
        await using EmbeddedApiServer server = await StartAsync();
        var options = new EmbeddedApiServerOptions(Path.Combine(_folder.FullName, "other")) { Port = server.Uri.Port };

        PortInUseException refusal = await Should.ThrowAsync<PortInUseException>(() => EmbeddedApiServer.StartAsync(options));

        refusal.Message.ShouldContain($"Port {server.Uri.Port}");
        await using EmbeddedApiServer other = await EmbeddedApiServer.StartAsync(options with { Port = 0 });
    }

    [Theory]
    [InlineData("kubernetes.db")]
    [InlineData("ca.key")]
    [InlineData("token")]
    public async Task Start_DamagedFile_SaysSoAndLeavesItAlone(string file)
    {
        await (await StartAsync()).StopAsync();
        string path = Path.Combine(_folder.FullName, "data", file);
        string damage = file == "token" ? "" : new string('?', 5000);
        await File.WriteAllTextAsync(path, damage);

        DataFolderDamagedException refusal = await Should.ThrowAsync<DataFolderDamagedException>(StartAsync);

        refusal.Message.ShouldContain("damaged");
        (await File.ReadAllTextAsync(path)).ShouldBe(damage);
    }

    [Fact]
    public async Task Start_FolderIsAFile_NamesTheRemedy()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "data"), "");

        (await Should.ThrowAsync<DataFolderUnusableException>(StartAsync)).Message.ShouldContain("choose another data folder");
    }

    private Task<EmbeddedApiServer> StartAsync() =>
        EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions(Path.Combine(_folder.FullName, "data")));
}
