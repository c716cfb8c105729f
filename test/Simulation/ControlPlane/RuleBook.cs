using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Model.Serving;
using Kthena.Simulation.Runs;

namespace Kthena.Simulation.ControlPlane;

/// <summary>Sees every commit of the API server and holds the rules that no order of events may break.</summary>
internal sealed class RuleBook : IObjectJournal
{
    private readonly MemoryJournal _journal = new();
    private readonly SortedDictionary<string, ObservedPod> _pods = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _revisions = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _recorded = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _excused = new(StringComparer.Ordinal);

    /// <summary>Creates the rules over a journal that holds something already.</summary>
    /// <param name="stored">What it holds.</param>
    public RuleBook(IReadOnlyList<JournalRecord> stored) => _journal.CommitAsync(stored);

    /// <summary>The budget; null where pods fail by themselves.</summary>
    public BudgetRule? Budget { get; init; }

    /// <summary>What holds of PodGroups; null where nobody asks for them.</summary>
    public PodGroupRule? PodGroups { get; init; }

    /// <summary>The pods that may exist at once.</summary>
    public int PodsMax { get; set; }

    public IReadOnlyCollection<ObservedPod> Pods => _pods.Values;

    /// <summary>The ModelServing as it was last written; null before the first and after the last.</summary>
    public JsonObject? Serving { get; private set; }

    /// <summary>How many times pods and ModelServings were written.</summary>
    public int Writes { get; private set; }

    /// <summary>Told of a pod that is new and has to be started.</summary>
    public Action<ObservedPod>? Created { get; set; }

    /// <summary>Told of a broken rule.</summary>
    public required Action<Exception> Broken { get; init; }

    public Task CommitAsync(IReadOnlyList<JournalRecord> records)
    {
        foreach (JournalRecord record in records)
        {
            PodGroups?.OnRecord(record);
            if (record.Space.StartsWith("pods", StringComparison.Ordinal))
                OnPod(record);
            else if (record.Space.StartsWith("modelservings", StringComparison.Ordinal))
                OnServing(record);
            else if (record.Space.StartsWith("controllerrevisions", StringComparison.Ordinal) && record.Value is { } value)
                _revisions.Add((string?)JsonNode.Parse(value.Span)!["metadata"]!["labels"]?[ServingLabels.Revision] ?? "");
        }
        return _journal.CommitAsync(records);
    }

    public IReadOnlyList<JournalRecord> ReadAll() => _journal.ReadAll();

    private void OnServing(JournalRecord record)
    {
        Writes++;
        Serving = record.Value is { } value ? JsonNode.Parse(value.Span)!.AsObject() : null;
        if (Serving is null)
            return;
        JsonArray steps = (string?)Serving["metadata"]?["annotations"]?[ServingLabels.Operations] is { } operations
            ? JsonNode.Parse(operations)!.AsArray()
            : [];
        (JsonNode Step, JsonNode Victim)[] victims = [.. steps.SelectMany(static step => step!["victims"]!.AsArray(), static (step, victim) => (step!, victim!))];
        _recorded.UnionWith(victims.SelectMany(static one => one.Victim["uids"]!.AsArray()).Select(static uid => (string)uid!));
        Budget?.OnServing(
            (int?)Serving["spec"]?["replicas"] ?? 1,
            victims.Select(one => ($"{Serving["metadata"]!["name"]}-{one.Victim["group"]}", $"{one.Step["time"]} {one.Step["step"]}")));
    }

    private void OnPod(JournalRecord record)
    {
        Writes++;
        if (record.Value is not { } value)
        {
            if (_pods.Remove(record.Key, out ObservedPod? gone))
                OnGone(gone);
            return;
        }
        ObservedPod pod = ObservedPod.Read(JsonNode.Parse(value.Span)!.AsObject());
        bool isNew = !_pods.TryGetValue(record.Key, out ObservedPod? before) || before.Uid != pod.Uid;
        _pods[record.Key] = pod;
        Budget?.OnPod(pod.Group, _pods.Values);
        // Not spared either: what was on its way when another failed, and a late worker that finds no entry pod.
        ObservedPod[] instance = [.. _pods.Values.Where(other => other.Instance == pod.Instance)];
        if (instance.Any(static other => other.Phase == "Failed") || !instance.Any(static other => other.IsEntry))
            _excused.UnionWith(instance.Select(static other => other.Uid));
        if (!isNew)
            return;
        if (_pods.Count > PodsMax)
            Broken(new RuleBrokenException($"{pod.Name} is pod number {_pods.Count} although {PodsMax} are the most: {string.Join(", ", _pods.Keys)}"));
        try
        {
            PodGroups?.OnCreated(pod);
        }
        catch (RuleBrokenException broken)
        {
            Broken(broken);
        }
        if (!_revisions.Contains(pod.Revision))
            Broken(new RuleBrokenException($"{pod.Name} is of revision '{pod.Revision}', which nobody stored"));
        Created?.Invoke(pod);
    }

    /// <summary>Only what was recorded before is taken away, except what stood in a role instance, or came to it, while a pod had failed or the entry pod was not there.</summary>
    private void OnGone(ObservedPod pod)
    {
        if (Serving is not null && !_recorded.Contains(pod.Uid) && !_excused.Contains(pod.Uid))
            Broken(new RuleBrokenException($"{pod.Name} ({pod.Uid}) was deleted although no step that takes it away was recorded"));
        // Another activation may heal what the end of the entry pod leaves behind.
        if (pod.IsEntry)
            _excused.UnionWith(_pods.Values.Where(other => other.Instance == pod.Instance).Select(static other => other.Uid));
        try
        {
            Budget?.OnGone(pod, _pods.Values, _recorded.Contains(pod.Uid));
        }
        catch (RuleBrokenException broken)
        {
            Broken(broken);
        }
    }
}
