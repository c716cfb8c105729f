using Kthena.Model;

namespace Kthena.Embedded.Engines;

/// <summary>The pods that the agent runs, by name.</summary>
internal sealed class PodTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NamespacedName, RunningPod> _pods = [];

    public RunningPod? Find(NamespacedName key)
    {
        lock (_gate)
            return _pods.GetValueOrDefault(key);
    }

    public void Add(NamespacedName key, RunningPod pod)
    {
        lock (_gate)
            _pods.Add(key, pod);
    }

    /// <summary>Takes a pod out; null when there is none of that name and UID.</summary>
    /// <param name="key">The pod's name.</param>
    /// <param name="uid">The pod's UID; null takes any.</param>
    public RunningPod? Remove(NamespacedName key, string? uid)
    {
        lock (_gate)
        {
            if (!_pods.TryGetValue(key, out RunningPod? pod) || (uid is not null && pod.Uid != uid))
                return null;
            _pods.Remove(key);
            return pod;
        }
    }

    public RunningPod[] RemoveAll()
    {
        lock (_gate)
        {
            RunningPod[] pods = [.. _pods.Values];
            _pods.Clear();
            return pods;
        }
    }
}
