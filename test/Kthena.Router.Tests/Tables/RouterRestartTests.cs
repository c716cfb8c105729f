using System.Net;
using Kthena.Contracts.Routing;
using Kthena.Model.Routing;

namespace Kthena.Router.Tests.Tables;

/// <summary>What a router does where no silo is, also after its own restart.</summary>
public sealed class RouterRestartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kthena-router-").FullName;

    private string TablePath => Path.Combine(_folder, "table");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task RouterStartedWithoutSilos_ServesFromItsLastTable_AndSaysStale()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2, configure: Kept);
        await gateway.Router.StopAsync();
        long version = gateway.Router.Snapshot.Version;
        await gateway.StopSilosAsync();

        HttpClient second = await gateway.AddRouterAsync(Kept);

        for (int index = 0; index < 5; index++)
            (await second.PostAsync("/v1/chat/completions", Gateway.Chat($"{index}"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        HttpResponseMessage ready = await second.GetAsync("/readyz");
        ready.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ready.Content.ReadAsStringAsync()).ShouldStartWith("""{"message":"router is ready","routing_table":"stale","age_seconds":""");
        gateway.Routers[1].Snapshot.Version.ShouldBe(version);
        (await second.GetStringAsync("/v1/models")).ShouldContain(Gateway.Model);
    }

    [Fact]
    public async Task TableBeyondItsAge_IsServedFrom_ButNotReady()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1, configure: Kept);
        await gateway.Router.StopAsync();
        await gateway.StopSilosAsync();
        File.SetLastWriteTimeUtc(TablePath, DateTime.UnixEpoch.AddYears(50));

        HttpClient second = await gateway.AddRouterAsync(Kept);

        (await second.PostAsync("/v1/chat/completions", Gateway.Chat("x"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        HttpResponseMessage ready = await second.GetAsync("/readyz");
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await ready.Content.ReadAsStringAsync()).ShouldStartWith("""{"message":"router is not ready","routing_table":"stale","age_seconds":""");
    }

    [Theory]
    [InlineData("")]
    [InlineData("something else\n{}")]
    public async Task UnusableTable_IsPassedOver(string content)
    {
        await File.WriteAllTextAsync(TablePath, content);
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        await gateway.StopSilosAsync();

        HttpClient second = await gateway.AddRouterAsync(Kept);

        HttpResponseMessage ready = await second.GetAsync("/readyz");
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await ready.Content.ReadAsStringAsync()).ShouldBe("""{"message":"router is not ready"}""");
    }

    [Fact]
    public async Task TableOfBefore_GivesWayToTheSilos()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1, configure: Kept);
        await gateway.Router.StopAsync();
        await gateway.SetObjectsAsync(ToyCluster.Route("route", "another", "server"), ToyCluster.Server("server", gateway.Port));

        HttpClient second = await gateway.AddRouterAsync(Kept);

        long version = 0;
        do
            version = await gateway.Routers[1].WaitForAnotherTableAsync(version).WaitAsync(Gateway.Patience);
        while (!(await second.GetStringAsync("/v1/models")).Contains("another", StringComparison.Ordinal));
        (await second.GetStringAsync("/readyz")).ShouldBe("""{"message":"router is ready"}""");
    }

    [Fact]
    public async Task Table_IsToldAsDeltas_AndWholeToWhoKnowsAnotherLife()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        IRoutingTableGrain table = gateway.Grains.GetGrain<IRoutingTableGrain>(IRoutingTableGrain.Key);
        long before = gateway.Router.Snapshot.Version;

        await gateway.SetAsync(
            ToyCluster.Route("route", Gateway.Model, "server"),
            ToyCluster.Server("server", gateway.Port),
            ToyCluster.Pod("pod-0", "server", gateway.Engines[0].Address.ToString()),
            ToyCluster.Pod("pod-1", "server", "127.0.0.9"));

        RoutingUpdate update = (await table.WaitForUpdateAsync(before)).ShouldNotBeNull();
        RoutedServerDelta server = update.Deltas.ShouldHaveSingleItem().Servers.ShouldHaveSingleItem();
        server.Endpoints.ShouldHaveSingleItem().Pod.Name.ShouldBe("pod-1");
        gateway.Router.Snapshot.Servers[0].Endpoints.Length.ShouldBe(2);
        gateway.Router.Snapshot.Version.ShouldBe(update.Deltas[0].Version);
        (await table.WaitForUpdateAsync(before - 1)).ShouldNotBeNull().Whole.ShouldNotBeNull().Servers[0].Endpoints.Length.ShouldBe(2);
    }

    [Fact]
    public async Task PrefixCacheBeganAnew_HearsAllAgain_ThoughNobodyAsks()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 3);
        string[] prompts = [.. Enumerable.Range(0, 200).Select(static index => $"{index} {string.Concat(Enumerable.Repeat($"prompt number {index}. ", 30))}")];
        foreach (string prompt in prompts)
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(prompt))).EnsureSuccessStatusCode();
        await gateway.UntilRecordedAsync(prompts, 1);
        // Nobody is left: the cache forgets everything and begins another life, as with its silo.
        await gateway.Grains.GetGrain<IPrefixCacheGrain>("default/server").RetainAsync([]);

        await gateway.UntilRecordedAsync(prompts, 0.95);
    }

    private RouterOptions Kept(RouterOptions options) => options with { SnapshotPath = TablePath };
}
