using System.Text.Json.Nodes;
using Kthena.Simulation.Runs;

namespace Kthena.Simulation.ControlPlane;

/// <summary>
/// Where pods fail only because the control plane takes them away, no step of it may leave fewer groups ready than the budget
/// says. What counts is the lowest scale since the step was recorded: what the user took back needs no replacement. A group that
/// was not ready for long when it was recorded may have been taken for one that costs nothing: caches lag. For the same reason,
/// where watches are held up, a group that went shortly before may have been taken for one that still serves.
/// </summary>
/// <param name="podsOfGroup">The pods of a whole group.</param>
/// <param name="maxUnavailable">How many groups may be down.</param>
/// <param name="now">The clock.</param>
/// <param name="isHeldUp">Whether a watch was held up so far.</param>
internal sealed class BudgetRule(int podsOfGroup, int maxUnavailable, Func<DateTimeOffset> now, Func<bool> isHeldUp)
{
    private static readonly TimeSpan KnownToAll = TimeSpan.FromSeconds(45);

    private readonly SortedDictionary<string, int> _scaleSinceRecord = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, DateTimeOffset> _readySince = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, DateTimeOffset> _readyUntil = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string[]> _goneUnseen = new(StringComparer.Ordinal);
    private SortedSet<string> _recorded = new(StringComparer.Ordinal);

    /// <summary>How many times a group that was ready was taken away.</summary>
    public int Disruptions { get; private set; }

    /// <summary>The ModelServing was written.</summary>
    /// <param name="serving">It.</param>
    /// <param name="recorded">The UIDs that its recorded steps name.</param>
    /// <param name="pods">The pods there are.</param>
    public void OnServing(JsonObject serving, IEnumerable<string> recorded, IReadOnlyCollection<ObservedPod> pods)
    {
        int scale = (int?)serving["spec"]?["replicas"] ?? 1;
        foreach (string uid in _scaleSinceRecord.Keys.ToArray())
            _scaleSinceRecord[uid] = Math.Min(scale, _scaleSinceRecord[uid]);
        // Whether a victim counts is settled when it is recorded, at the scale of then.
        var known = _recorded;
        _recorded = new SortedSet<string>(recorded, StringComparer.Ordinal);
        foreach (string uid in _recorded.Where(uid => !known.Contains(uid)))
        {
            if (pods.FirstOrDefault(pod => pod.Uid == uid) is { } victim
                && _readySince.TryGetValue(victim.Instance, out DateTimeOffset since)
                && now() - since >= KnownToAll)
            {
                _scaleSinceRecord.TryAdd(uid, scale);
                if (isHeldUp())
                    _goneUnseen.TryAdd(uid, [.. _readyUntil.Where(ended => now() - ended.Value < KnownToAll).Select(static ended => ended.Key)]);
            }
        }
    }

    /// <summary>A pod was written.</summary>
    /// <param name="instance">Its instance.</param>
    /// <param name="pods">The pods there are.</param>
    public void OnPod(string instance, IReadOnlyCollection<ObservedPod> pods)
    {
        if (IsReady(instance, pods))
            _readySince.TryAdd(instance, now());
        else
            EndReady(instance);
    }

    /// <summary>A pod is gone.</summary>
    /// <param name="gone">It.</param>
    /// <param name="left">The pods that are left.</param>
    public void OnGone(ObservedPod gone, IReadOnlyCollection<ObservedPod> left)
    {
        bool wasReady = EndReady(gone.Instance);
        if (!wasReady || !_scaleSinceRecord.TryGetValue(gone.Uid, out int scale))
            return;
        Disruptions++;
        int ready = left.Select(static pod => pod.Instance).Where(instance => IsReady(instance, left))
            .Union(_goneUnseen.GetValueOrDefault(gone.Uid, []).Where(instance => instance != gone.Instance))
            .Count();
        if (ready < scale - maxUnavailable)
            throw new RuleBrokenException($"{gone.Name} was taken away, which leaves {ready} groups of {scale} ready although {maxUnavailable} may be down");
    }

    private bool EndReady(string instance)
    {
        bool wasReady = _readySince.Remove(instance);
        if (wasReady)
            _readyUntil[instance] = now();
        return wasReady;
    }

    private bool IsReady(string instance, IReadOnlyCollection<ObservedPod> pods) =>
        pods.Count(pod => pod.Instance == instance && pod.IsReady) == podsOfGroup;
}
