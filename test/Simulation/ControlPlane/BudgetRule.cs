using System.Text.Json.Nodes;
using Kthena.Simulation.Runs;

namespace Kthena.Simulation.ControlPlane;

/// <summary>
/// Where pods fail only because the control plane takes them away, no step of it may leave fewer groups ready than the budget
/// says. What counts is the lowest scale since the step was recorded: what the user took back needs no replacement. A group that
/// was not ready for long when it was recorded may have been taken for one that costs nothing: caches lag. What went is never
/// taken for what still serves, however far a cache is behind.
/// </summary>
/// <param name="podsOfGroup">The pods of a whole group.</param>
/// <param name="maxUnavailable">How many groups may be down.</param>
/// <param name="now">The clock.</param>
internal sealed class BudgetRule(int podsOfGroup, int maxUnavailable, Func<DateTimeOffset> now)
{
    private static readonly TimeSpan KnownToAll = TimeSpan.FromSeconds(45);

    private readonly SortedDictionary<string, int> _scaleSinceRecord = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, DateTimeOffset> _readySince = new(StringComparer.Ordinal);
    private SortedSet<(string Group, string Step)> _recorded = [];

    /// <summary>How many times a group that was ready was taken away.</summary>
    public int Disruptions { get; private set; }

    /// <summary>The ModelServing was written.</summary>
    /// <param name="scale">How many groups it wants.</param>
    /// <param name="recorded">The groups that its recorded steps name, each with the instant and the kind of the step.</param>
    public void OnServing(int scale, IEnumerable<(string Group, string Step)> recorded)
    {
        foreach (string group in _scaleSinceRecord.Keys.ToArray())
            _scaleSinceRecord[group] = Math.Min(scale, _scaleSinceRecord[group]);
        // Whether a victim counts is settled when it is recorded, at the scale of then; pods that come late join the same step.
        SortedSet<(string Group, string Step)> known = _recorded;
        _recorded = [.. recorded];
        foreach ((string group, _) in _recorded.Where(step => !known.Contains(step)))
        {
            _scaleSinceRecord.Remove(group);
            if (_readySince.TryGetValue(group, out DateTimeOffset since) && now() - since >= KnownToAll)
                _scaleSinceRecord[group] = scale;
        }
    }

    /// <summary>A pod was written.</summary>
    /// <param name="group">Its group.</param>
    /// <param name="pods">The pods there are.</param>
    public void OnPod(string group, IReadOnlyCollection<ObservedPod> pods)
    {
        if (IsReady(group, pods))
            _readySince.TryAdd(group, now());
        else
            _readySince.Remove(group);
    }

    /// <summary>A pod is gone.</summary>
    /// <param name="gone">It.</param>
    /// <param name="left">The pods that are left.</param>
    /// <param name="wasRecorded">Whether a recorded step named it.</param>
    public void OnGone(ObservedPod gone, IReadOnlyCollection<ObservedPod> left, bool wasRecorded)
    {
        if (!_readySince.Remove(gone.Group) || !wasRecorded || !_scaleSinceRecord.TryGetValue(gone.Group, out int scale))
            return;
        Disruptions++;
        int ready = left.Select(static pod => pod.Group).Distinct().Count(group => IsReady(group, left));
        if (ready < scale - maxUnavailable)
            throw new RuleBrokenException($"{gone.Name} was taken away, which leaves {ready} groups of {scale} ready although {maxUnavailable} may be down");
    }

    private bool IsReady(string group, IReadOnlyCollection<ObservedPod> pods) =>
        pods.Count(pod => pod.Group == group && pod.IsReady) == podsOfGroup;
}
