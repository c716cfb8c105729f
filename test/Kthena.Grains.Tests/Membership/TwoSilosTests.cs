using System.Net;
using System.Net.Sockets;
using Kthena.Silo.Membership;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Placement;
using Orleans.Runtime;

namespace Kthena.Grains.Tests.Membership;

/// <summary>Real silos on sockets that know of each other through the API server alone.</summary>
public sealed class TwoSilosTests(MembershipCluster cluster) : IClassFixture<MembershipCluster>
{
    private readonly string _clusterId = MembershipCluster.NewClusterId();

    [Fact]
    public async Task Silos_ThroughTheApiServer_CallEachOthersGrains()
    {
        using IHost one = Silo();
        using IHost two = Silo();
        await one.StartAsync();
        await two.StartAsync();

        await EverySiloAnswersAsync(one.Services.GetRequiredService<IGrainFactory>(), one, two);
        await EverySiloAnswersAsync(two.Services.GetRequiredService<IGrainFactory>(), one, two);

        await two.StopAsync();
        await one.StopAsync();
        MembershipSnapshot table = await cluster.Records(_clusterId).ReadAsync();
        table.Silos.Select(static silo => silo.Row.Entry.Status).ShouldBe([SiloStatus.Dead, SiloStatus.Dead]);
    }

    [Fact]
    public async Task Client_ThroughTheApiServer_FindsTheSilos()
    {
        using IHost silo = Silo();
        await silo.StartAsync();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleansClient(client => client
            .UseKubernetesMembership(cluster.Transport, MembershipCluster.Namespace)
            .Configure<ClusterOptions>(Name));
        using IHost client = builder.Build();
        await client.StartAsync();

        await EverySiloAnswersAsync(client.Services.GetRequiredService<IGrainFactory>(), silo);

        await client.StopAsync();
        await silo.StopAsync();
    }

    private static async Task EverySiloAnswersAsync(IGrainFactory grains, params IHost[] silos)
    {
        var wanted = silos.Select(static silo => silo.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString()).ToHashSet();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        for (int key = 0; wanted.Count > 0; key++)
        {
            limit.Token.ThrowIfCancellationRequested();
            wanted.Remove(await grains.GetGrain<IWhereGrain>($"{key}").WhereAsync());
        }
    }

    private IHost Silo()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo
            .UseKubernetesMembership(cluster.Transport, MembershipCluster.Namespace)
            .Configure<ClusterOptions>(Name)
            .Configure<EndpointOptions>(static endpoint =>
                (endpoint.AdvertisedIPAddress, endpoint.SiloPort, endpoint.GatewayPort) = (IPAddress.Loopback, FreePort(), FreePort())));
        return builder.Build();
    }

    private void Name(ClusterOptions options) => (options.ClusterId, options.ServiceId) = (_clusterId, "test");

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

/// <summary>Tells where it is.</summary>
[Alias("kthena.test.IWhereGrain")]
public interface IWhereGrain : IGrainWithStringKey
{
    /// <summary>The silo of this activation.</summary>
    [Alias("where")]
    Task<string> WhereAsync();
}

[RandomPlacement]
internal sealed class WhereGrain(ILocalSiloDetails silo) : Grain, IWhereGrain
{
    public Task<string> WhereAsync() => Task.FromResult(silo.SiloAddress.ToParsableString());
}
