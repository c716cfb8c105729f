using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kthena.Router.Listening;

/// <summary>A small listener beside the gateway's own: for metrics or for debugging. It outlives the drain.</summary>
internal sealed class SideListener : IAsyncDisposable
{
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);

    private readonly WebApplication _web;

    private SideListener(WebApplication web)
    {
        _web = web;
        Address = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public Uri Address { get; }

    /// <summary>Starts one; null when there is no port for it.</summary>
    /// <exception cref="RouterPortInUseException">The port is in use.</exception>
    public static async Task<SideListener?> StartAsync(
        string name, IPAddress address, int? port, RequestDelegate answer, ILoggerFactory loggers, CancellationToken cancellation)
    {
        if (port is not { } number)
            return null;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
            kestrel.Listen(new IPEndPoint(address, number), static listen => listen.Protocols = HttpProtocols.Http1);
        });
        WebApplication web = builder.Build();
        web.Run(answer);
        try
        {
            await web.StartAsync(cancellation);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            await web.DisposeAsync();
            throw new RouterPortInUseException(name, number, taken);
        }
        return new SideListener(web);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync(new CancellationToken(canceled: true));
        await _web.DisposeAsync();
    }
}
