using System.Collections.Concurrent;
using System.Collections.Immutable;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Engines;

/// <summary>The logs of own pods, from their start until the API has them no longer.</summary>
/// <param name="time">Stamps the last lines.</param>
internal sealed class ContainerLogs(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, ImmutableDictionary<string, ContainerLog>> _byPod = new(StringComparer.Ordinal);

    /// <summary>Begins the logs of a pod's containers, where they were not begun before.</summary>
    public void Begin(Pod pod) => _byPod.TryAdd(
        pod.Metadata.Uid, pod.Containers.DistinctBy(static container => container.Name).ToImmutableDictionary(static container => container.Name, static _ => new ContainerLog()));

    /// <summary>The log of a container; null for a pod that was not begun.</summary>
    public ContainerLog? Find(string podUid, string container) =>
        _byPod.TryGetValue(podUid, out ImmutableDictionary<string, ContainerLog>? logs) ? logs.GetValueOrDefault(container, ContainerLog.Empty) : null;

    /// <summary>A pod's containers stop. What they wrote can still be read.</summary>
    public void End(string podUid)
    {
        if (!_byPod.TryGetValue(podUid, out ImmutableDictionary<string, ContainerLog>? logs))
            return;
        foreach (ContainerLog log in logs.Values)
            log.End(time.GetUtcNow());
    }

    /// <summary>Drops the logs of a pod that the API no longer has.</summary>
    public void Forget(string podUid)
    {
        End(podUid);
        _byPod.TryRemove(podUid, out _);
    }
}
