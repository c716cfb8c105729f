namespace Kthena.Embedded.Kubernetes.Core.Logs;

/// <summary>Tells what containers wrote: whoever runs pods for this server.</summary>
public interface IPodLogs
{
    /// <summary>The lines of a container, oldest first.</summary>
    /// <param name="podUid">The pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="query">Which lines.</param>
    /// <returns>The lines; they end where the container does, or at once when it is not followed. Null where the pod is not run here.</returns>
    IAsyncEnumerable<PodLogLine>? Read(string podUid, string container, PodLogQuery query);
}
