using System.Net;
using Kthena.Embedded.Engines.Hosting;

namespace Kthena.Embedded.Engines;

/// <summary>What the agent holds for one pod: its address and the open sockets of its engines.</summary>
internal sealed class RunningPod(string uid, IPAddress address, long startAt)
{
    private readonly Lock _gate = new();
    private readonly List<EngineSocket> _sockets = [];
    private bool _isStopped;

    public string Uid => uid;

    public IPAddress Address { get; set; } = address;

    /// <summary>The timestamp at which the containers have started.</summary>
    public long StartAt => startAt;

    /// <summary>Whether the engines answer.</summary>
    public bool IsStarted { get; set; }

    /// <summary>Whether the pod was reported as running since this process has it.</summary>
    public bool IsReported { get; set; }

    /// <summary>The version of the last status that was written; 0 for none.</summary>
    public ulong WrittenVersion { get; set; }

    /// <summary>The port of the first engine; null without engines.</summary>
    public int? Port
    {
        get
        {
            lock (_gate)
                return _sockets.Count > 0 ? _sockets[0].Address.Port : null;
        }
    }

    /// <summary>Keeps a socket; false, and the socket stays the caller's, when the pod was stopped meanwhile.</summary>
    public bool Hold(EngineSocket socket)
    {
        lock (_gate)
        {
            if (!_isStopped)
                _sockets.Add(socket);
            return !_isStopped;
        }
    }

    /// <summary>Closes what is open, so that another address can be tried.</summary>
    public async ValueTask CloseAsync()
    {
        EngineSocket[] open;
        lock (_gate)
        {
            open = [.. _sockets];
            _sockets.Clear();
        }
        foreach (ValueTask closing in open.Select(static socket => socket.DisposeAsync()).ToArray())
            await closing;
    }

    /// <summary>Refuses connections from now on, before it returns its task; nothing can be opened again.</summary>
    public ValueTask StopAsync()
    {
        lock (_gate)
            _isStopped = true;
        return CloseAsync();
    }
}
