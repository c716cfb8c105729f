using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Kthena.Embedded.Engines.Hosting;

/// <summary>One open address with the handler that answers there, and its connections.</summary>
internal sealed class EngineSocket : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly IConnectionListener _socket;
    private readonly EngineListener _listener;
    private readonly HashSet<ConnectionContext> _connections = [];
    private readonly Task _accepting;
    private bool _isClosed;

    public EngineSocket(IConnectionListener socket, EngineListener listener, RequestDelegate handler)
    {
        _socket = socket;
        _listener = listener;
        Handler = handler;
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_socket.EndPoint;

    public RequestDelegate Handler { get; }

    /// <summary>Refuses connections from now on and resets the open ones, before it returns its task.</summary>
    public async ValueTask DisposeAsync()
    {
        ConnectionContext[] open;
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            open = [.. _connections];
        }
        ValueTask unbind = _socket.UnbindAsync();
        foreach (ConnectionContext connection in open)
            connection.Abort(new ConnectionAbortedException("The pod is gone."));
        await unbind;
        await _accepting;
        await _socket.DisposeAsync();
    }

    private async Task AcceptAsync()
    {
        while (await _socket.AcceptAsync() is { } connection)
        {
            connection.Features.Set(this);
            bool isRefused;
            lock (_gate)
            {
                isRefused = _isClosed;
                if (!isRefused)
                    _connections.Add(connection);
            }
            if (!isRefused)
            {
                connection.ConnectionClosed.UnsafeRegister(
                    static state =>
                    {
                        (EngineSocket socket, ConnectionContext closed) = ((EngineSocket, ConnectionContext))state!;
                        socket.Forget(closed);
                    },
                    (this, connection));
                isRefused = !_listener.Offer(connection);
            }
            if (isRefused)
            {
                connection.Abort();
                await connection.DisposeAsync();
            }
        }
    }

    private void Forget(ConnectionContext connection)
    {
        lock (_gate)
            _connections.Remove(connection);
    }
}
