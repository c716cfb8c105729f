using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Watching;
using Kthena.Embedded.Kubernetes.Core.Writing;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Housekeeping;

/// <summary>
/// Binds pods to ready nodes, whatever scheduler they name: of the nodes that match the pod's <c>nodeSelector</c> and
/// have room in <c>status.allocatable.pods</c>, the one with the fewest pods, of equals the first by name.
/// </summary>
internal sealed class PodScheduler(ServerState state)
{
    private readonly SortedSet<ObjectKey> _unscheduled = [];
    private readonly SortedDictionary<string, int> _podCounts = new(StringComparer.Ordinal);
    private List<Node>? _nodes;

    private sealed record Node(string Name, StoredObject Stored, long PodsMost);

    /// <summary>Whether pods wait and something happened that may help them.</summary>
    public bool HasWork { get; private set; }

    public void ObservePod(WatchEvent happened)
    {
        StoredObject pod = happened.Now;
        bool wasOccupying = happened.Previous is { } previous && Occupies(previous);
        bool isOccupying = !happened.IsDelete && Occupies(pod);
        if (wasOccupying)
            Count(NodeOf(happened.Previous!), -1);
        if (isOccupying)
            Count(NodeOf(pod), 1);
        if (happened.IsDelete || pod.IsDeleting || NodeOf(pod).Length > 0)
        {
            _unscheduled.Remove(pod.Key);
        }
        else
        {
            _unscheduled.Add(pod.Key);
            HasWork = true;
        }
        if (wasOccupying && !isOccupying)
            HasWork |= _unscheduled.Count > 0;
    }

    public void ObserveNode()
    {
        _nodes = null;
        HasWork |= _unscheduled.Count > 0;
    }

    public void Plan(ChangeSet changes)
    {
        if (!HasWork)
            return;
        List<Node> nodes = _nodes ??= ReadyNodes();
        KindStore pods = state.Store.Find(ResourceKinds.Pod.ToString())!;
        var planned = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (ObjectKey key in _unscheduled)
        {
            if (changes.IsFull)
                return;
            if (changes.IsTouched(pods.Kind, key) || pods.Find(key) is not { } stored)
                continue;
            JsonObject pod = stored.ToMutable();
            if (pod.Object("spec").Array("schedulingGates") is { Count: > 0 })
                continue;
            Node? node = Choose(pod, nodes, planned);
            if (node is not null)
            {
                planned[node.Name] = planned.GetValueOrDefault(node.Name) + 1;
                PodBinding.Bind(pod, node.Name, state.Time.GetUtcNow());
                changes.Add(key, new ObjectChange(pods.Kind, pod, IsDelete: false));
            }
            else if (PodBinding.SetScheduled(pod, "False", "Unschedulable", Explain(nodes.Count), state.Time.GetUtcNow()))
            {
                changes.Add(key, new ObjectChange(pods.Kind, pod, IsDelete: false));
            }
        }
        HasWork = false;
    }

    private Node? Choose(JsonObject pod, List<Node> nodes, SortedDictionary<string, int> planned)
    {
        JsonObject? selector = pod.Object("spec").Object("nodeSelector");
        Node? best = null;
        int fewest = int.MaxValue;
        foreach (Node node in nodes)
        {
            int count = _podCounts.GetValueOrDefault(node.Name) + planned.GetValueOrDefault(node.Name);
            if (count < fewest && count < node.PodsMost && Selects(selector, node))
                (best, fewest) = (node, count);
        }
        return best;
    }

    private static bool Selects(JsonObject? selector, Node node) =>
        selector is null || selector.All(pair => node.Stored.Labels[pair.Key] == pair.Value.AsText());

    private string Explain(int ready)
    {
        int all = state.Store.Find(ResourceKinds.Node.ToString())!.Objects.Count;
        return all == 0
            ? "no nodes available to schedule pods"
            : $"0/{all} nodes are available: {all - ready} not ready or unschedulable, {ready} without room or not matching the pod's node selector.";
    }

    private List<Node> ReadyNodes() =>
    [
        .. state.Store.Find(ResourceKinds.Node.ToString())!.Objects.Values
            .Where(static stored => !stored.IsDeleting)
            .Select(static stored => (Stored: stored, Json: stored.ToMutable()))
            .Where(static node => IsReady(node.Json))
            .Select(static node => new Node(node.Stored.Key.Name, node.Stored, PodsMost(node.Json))),
    ];

    private static bool IsReady(JsonObject node) =>
        node.Object("spec").Boolean("unschedulable") != true
        && (node.Object("status").Array("conditions") ?? []).Any(static condition =>
            condition.String("type") == "Ready" && condition.String("status") == "True");

    private static long PodsMost(JsonObject node) =>
        node.At("status", "allocatable", "pods") is { } most
        && long.TryParse(most.AsText() ?? Json.Text(most), NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            ? count
            : long.MaxValue;

    // The first two selectable fields of pods are their node and their phase.
    private static string NodeOf(StoredObject pod) => pod.Fields[0];

    private static bool Occupies(StoredObject pod) => NodeOf(pod).Length > 0 && pod.Fields[1] is not ("Succeeded" or "Failed");

    private void Count(string node, int change) => _podCounts[node] = _podCounts.GetValueOrDefault(node) + change;
}
