using Kthena.Embedded.Engines;
using Kthena.Embedded.Kubernetes.Core.Logs;

namespace Kthena.Cli.Up;

/// <summary>Lets the API server of this process read the logs of its simulated nodes, which start after it.</summary>
internal sealed class NodeLogs : IPodLogs
{
    private NodeAgent? _agent;

    /// <summary>Who runs the pods; null before it does.</summary>
    public NodeAgent? Agent
    {
        get => Volatile.Read(ref _agent);
        set => Volatile.Write(ref _agent, value);
    }

    public IAsyncEnumerable<PodLogLine>? Read(string podUid, string container, PodLogQuery query) =>
        Agent?.FindLog(podUid, container) is { } log
            ? log.ReadAsync(query.Tail, query.Since, query.Follows).Select(static line => new PodLogLine(line.Time, line.Text))
            : null;
}
