using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;

namespace EndToEnd;

/// <summary>What goes wrong says so in one line with the remedy, and loses nothing.</summary>
public sealed class BadInput : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-e2e-");

    private string Data => Path.Combine(_folder.FullName, "data");

    [Fact]
    public async Task RouterPort_InUse_IsNamedWithTheRemedy()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;

        ToolProcess run = await UpAsync("--router-port", $"{port}", "--api-port", "0");

        run.ExitCode.ShouldBe(1);
        OnlyLine(run.Error).ShouldContain($"{port}");
        run.Error.ShouldContain("--router-port");
    }

    [Fact]
    public async Task ApiPort_InUse_IsNamedWithTheRemedy()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;

        ToolProcess run = await UpAsync("--api-port", $"{port}", "--router-port", "0");

        run.ExitCode.ShouldBe(1);
        OnlyLine(run.Error).ShouldContain($"{port}");
        run.Error.ShouldContain("--api-port");
    }

    [Theory]
    [InlineData("--router-port", "--api-port")]
    [InlineData("--router-port", "--metrics-port")]
    [InlineData("--api-port", "--debug-port")]
    [InlineData("--metrics-port", "--debug-port")]
    public async Task Ports_Equal_AreNamedWithTheRemedy(string one, string other)
    {
        ToolProcess run = await UpAsync(
            [.. new[] { "--router-port", "--api-port", "--metrics-port", "--debug-port" }.SelectMany(option => new[] { option, option == one || option == other ? "23456" : "0" })]);

        run.ExitCode.ShouldBe(2);
        OnlyLine(run.Error).ShouldBe($"kthena: {one} and {other} are both 23456: give each a port of its own.");
    }

    [Fact]
    public async Task DataFolder_InUse_IsNamedWithTheRemedy()
    {
        await using Platform first = await Platform.StartAsync(Data, "--no-quickstart");

        ToolProcess second = await UpAsync("--api-port", "0", "--router-port", "0");

        second.ExitCode.ShouldBe(1);
        OnlyLine(second.Error).ShouldContain(Data);
        second.Error.ShouldContain("--data-dir");
    }

    [Fact]
    public async Task DataFolder_Damaged_IsNamedAndKept()
    {
        await using (Platform first = await Platform.StartAsync(Data, "--no-quickstart"))
            (await first.StopAsync()).ShouldBe(0);
        string[] files = Directory.GetFiles(Data, "*.db", SearchOption.AllDirectories);
        files.ShouldNotBeEmpty();
        byte[] rubbish = new byte[8192];
        new Random(1).NextBytes(rubbish);
        foreach (string file in files)
            await File.WriteAllBytesAsync(file, rubbish);

        ToolProcess run = await UpAsync("--api-port", "0", "--router-port", "0");

        run.ExitCode.ShouldBe(1);
        OnlyLine(run.Error).ShouldContain(Data);
        foreach (string file in files)
            (await File.ReadAllBytesAsync(file)).ShouldBe(rubbish);
    }

    [KubectlFact]
    public async Task Manifest_Invalid_IsRefusedWithFieldPaths()
    {
        await using Platform platform = await Platform.StartAsync(Data, "--no-quickstart");
        const string Manifest = """
            apiVersion: workload.serving.volcano.sh/v1alpha1
            kind: ModelServing
            metadata: {name: wrong}
            spec:
              replicas: 1
              template:
                roles:
                  - name: server
                    replicas: 1
                    workerReplicas: 2
                    entryTemplate:
                      spec: {containers: [{name: engine, image: "vllm/vllm openai"}]}
            """;

        ToolProcess apply = await platform.KubectlInputAsync(Manifest, "apply", "-f", "-");

        apply.ExitCode.ShouldBe(1);
        apply.Error.ShouldContain("spec.template.roles[0].workerTemplate");
        apply.Error.ShouldContain("spec.template.roles[0].entryTemplate.spec.containers[0].image");
        (await platform.KubectlAsync("get", "modelservings", "-o", "name")).Succeeded().ShouldBeEmpty();
    }

    [Fact]
    public async Task Model_Unknown_IsA404ThatListsNearOnes()
    {
        await using Platform platform = await Platform.StartAsync(Data);

        using HttpResponseMessage response = await platform.Http.PostAsJsonAsync(
            new Uri(platform.Gateway, "/v1/chat/completions"),
            new { model = "quickstrat", messages = new[] { new { role = "user", content = "Hello" } } });

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync()).ShouldContain("quickstart");
    }

    private static string OnlyLine(string text) => text.Trim().Split('\n').ShouldHaveSingleItem();

    private Task<ToolProcess> UpAsync(params string[] arguments) =>
        ToolProcess.RunAsync("dotnet", [Build.CommandPath, "up", "--data-dir", Data, .. arguments]);

    public void Dispose() => _folder.Delete(recursive: true);
}
