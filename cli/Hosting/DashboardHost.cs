using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
#if ORLEANS
using Orleans.Dashboard;
#endif

namespace Kthena.Cli.Hosting;

/// <summary>A silo's host that also shows Orleans' dashboard. It listens on loopback alone, and asks nobody who he is.</summary>
internal static class DashboardHost
{
    /// <summary>Begins the host.</summary>
    /// <param name="port">The port on loopback; 0 takes a free one.</param>
    public static WebApplicationBuilder CreateBuilder(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddRouting();
        // A page elsewhere may have its name resolve to loopback: only requests that name this machine are answered.
        builder.Services.AddHostFiltering(static filter => filter.AllowedHosts = ["localhost", "127.0.0.1"]);
        return builder;
    }

    /// <summary>Finishes the host.</summary>
    /// <param name="builder">The host with its silo.</param>
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        WebApplication web = builder.Build();
        web.UseHostFiltering();
#if ORLEANS
        web.MapOrleansDashboard();
#endif
        return web;
    }

    /// <summary>Where a started one is.</summary>
    public static Uri AddressOf(WebApplication web) =>
        new(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
