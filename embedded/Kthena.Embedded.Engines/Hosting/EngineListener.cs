using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Kthena.Embedded.Engines.Hosting;

/// <summary>
/// Hands Kestrel the connections of every open address as if they came from one listener. One Kestrel then serves hundreds of
/// addresses with the threads of one, and an address is opened or closed without a configuration reload.
/// </summary>
internal sealed class EngineListener : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
{
    private readonly Channel<ConnectionContext> _accepted = Channel.CreateUnbounded<ConnectionContext>(
        new UnboundedChannelOptions { SingleReader = true });

    public EndPoint EndPoint { get; } = new EngineEndPoint();

    public bool CanBind(EndPoint endpoint) => endpoint is EngineEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(this);

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_accepted.Reader.TryRead(out ConnectionContext? connection))
                return connection;
        }
        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();

    /// <summary>Passes a connection to Kestrel; false once Kestrel stopped.</summary>
    internal bool Offer(ConnectionContext connection) => _accepted.Writer.TryWrite(connection);
}
