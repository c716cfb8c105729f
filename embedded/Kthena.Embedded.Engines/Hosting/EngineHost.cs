using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kthena.Embedded.Engines.Hosting;

/// <summary>The one Kestrel that answers for all simulated engines. Addresses are opened and closed while it runs.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private const long RequestBodyLengthMax = 64L * 1024 * 1024;

    private readonly EngineListener _listener = new();
    private readonly SocketTransportFactory _sockets;
    private readonly WebApplication _app;

    public EngineHost(ILoggerFactory loggers)
    {
        loggers = new WarningsOnly(loggers);
        _sockets = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(loggers);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBodyLengthMax;
            kestrel.Listen(_listener.EndPoint);
        });
        builder.Services.AddSingleton<IConnectionListenerFactory>(_listener);
        _app = builder.Build();
        _app.Run(static context => context.Features.Get<EngineSocket>()!.Handler(context));
    }

    public Task StartAsync(CancellationToken cancellationToken) => _app.StartAsync(cancellationToken);

    /// <summary>Opens an address.</summary>
    /// <param name="address">The address; port 0 takes a free one.</param>
    /// <param name="handler">Answers the requests that come there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The open address; disposing of it closes it at once.</returns>
    /// <exception cref="AddressInUseException">Something else listens there, or on that port of every address.</exception>
    public async Task<EngineSocket> OpenAsync(IPEndPoint address, RequestDelegate handler, CancellationToken cancellationToken)
    {
        if (!IPAddress.IsLoopback(address.Address))
            throw new ArgumentException($"Engines listen on loopback alone, not on {address.Address}.", nameof(address));
        return new EngineSocket(await _sockets.BindAsync(address, cancellationToken), _listener, handler);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
