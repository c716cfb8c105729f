using Kthena.Embedded.Kubernetes;

namespace Kthena.Kubernetes.Tests.Servers;

/// <summary>The client's scenarios against the embedded API server.</summary>
public sealed class EmbeddedApiServerTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-client-");
    private EmbeddedApiServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions(_folder.FullName) { KubeconfigPath = KubeconfigPath });

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public Task Embedded_Preconditions_AreConflicts() => RunAsync(static scenarios => scenarios.PreconditionsAreConflictsAsync());

    [Fact]
    public Task Embedded_Errors_AreTyped() => RunAsync(static scenarios => scenarios.ErrorsAreTypedAsync());

    [Fact]
    public Task Embedded_Status_IsItsOwnSubresource() => RunAsync(static scenarios => scenarios.StatusIsItsOwnSubresourceAsync());

    [Fact]
    public Task Embedded_Informer_Follows() => RunAsync(static scenarios => scenarios.InformerFollowsAsync());

    [Fact]
    public Task Embedded_Events_AreCounted() => RunAsync(static scenarios => scenarios.EventsAreCountedAsync());

    [Fact]
    public Task Embedded_WatchOfAnOldVersion_IsGoneOrServed() => RunAsync(static scenarios => scenarios.WatchOfAnOldVersionIsGoneOrServedAsync());

    private string KubeconfigPath => Path.Combine(_folder.FullName, "kubeconfig");

    private async Task RunAsync(Func<ClientScenarios, Task> scenario)
    {
        await using ClientScenarios scenarios = await ClientScenarios.StartAsync(Kubeconfig.Load([KubeconfigPath]).Connection());
        await scenario(scenarios);
    }
}
