using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Simulation.Runs;

namespace Kthena.Simulation.ControlPlane;

/// <summary>What holds of PodGroups while Volcano comes and goes: no pod names one that was never there.</summary>
internal sealed class PodGroupRule
{
    private readonly SortedDictionary<string, JsonObject> _podGroups = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _ever = new(StringComparer.Ordinal);

    /// <summary>Whether PodGroups can be had.</summary>
    public bool IsInstalled { get; private set; }

    /// <summary>How many times they came or went.</summary>
    public int Turns { get; private set; }

    public void OnRecord(JournalRecord record)
    {
        if (record.Space.StartsWith("customresourcedefinitions", StringComparison.Ordinal) && record.Key.Contains("podgroups", StringComparison.Ordinal))
        {
            bool isInstalled = record.Value is not null;
            Turns += isInstalled == IsInstalled ? 0 : 1;
            IsInstalled = isInstalled;
        }
        if (!record.Space.StartsWith("podgroups", StringComparison.Ordinal))
            return;
        string name = record.Key.Split('/')[^1];
        if (record.Value is { } value)
        {
            _podGroups[name] = JsonNode.Parse(value.Span)!.AsObject();
            _ever.Add(name);
        }
        else
        {
            _podGroups.Remove(name);
        }
    }

    /// <summary>A pod is new. Who saw the PodGroup in an older cache may still make it, and Volcano waits for the PodGroup then.</summary>
    public void OnCreated(ObservedPod pod)
    {
        if (pod.PodGroup is { } group && !_ever.Contains(group))
            throw new RuleBrokenException($"{pod.Name} was made although its PodGroup {group} was never there");
    }

    /// <summary>What is not as it should be when nothing changes any more; null when all is.</summary>
    /// <param name="serving">The ModelServing.</param>
    /// <param name="pods">The pods.</param>
    /// <param name="podsOfGroup">The pods of a group.</param>
    public string? Difference(JsonObject serving, IReadOnlyCollection<ObservedPod> pods, int podsOfGroup)
    {
        bool isMissed = serving["status"]?["conditions"] is JsonArray conditions && conditions.Any(static one => (string?)one!["type"] == "GangFailing");
        if (isMissed == IsInstalled)
            return $"condition GangFailing is {(isMissed ? "there" : "missing")}";
        if (!IsInstalled)
            return null;
        string[] wanted = [.. pods.Select(static pod => pod.Group).Distinct().Order(StringComparer.Ordinal)];
        if (!_podGroups.Keys.SequenceEqual(wanted))
            return $"PodGroups {string.Join(", ", _podGroups.Keys)} for the groups {string.Join(", ", wanted)}";
        string[] wrong =
        [
            .. pods.Where(static pod => pod.PodGroup != pod.Group).Select(static pod => $"{pod.Name} is in PodGroup '{pod.PodGroup}'"),
            .. _podGroups.Where(group => (int?)group.Value["spec"]?["minMember"] != podsOfGroup || group.Value["spec"]?["subGroupPolicy"] is not JsonArray { Count: 1 })
                .Select(static group => $"PodGroup {group.Key} says {group.Value["spec"]?.ToJsonString()}"),
        ];
        return wrong.Length == 0 ? null : string.Join("; ", wrong);
    }
}
