namespace EndToEnd;

/// <summary>The ways in which people and Kubernetes ask the platform to end.</summary>
public sealed class Signals : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-e2e-");

    [Fact]
    public async Task Platform_Interrupted_EndsCleanly()
    {
        await using Platform platform = await Platform.StartInForegroundAsync(_folder.FullName, "--no-quickstart");

        (await platform.InterruptAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Platform_AskedToTerminate_EndsCleanly()
    {
        await using Platform platform = await Platform.StartAsync(_folder.FullName, "--no-quickstart");

        (await platform.StopAsync()).ShouldBe(0);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
