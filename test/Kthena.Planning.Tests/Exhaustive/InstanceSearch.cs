using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>One role instance: its pods' phases from the entry pod on, its Service, and whether the entry pod says that it was complete.</summary>
/// <param name="Pods">A letter for each pod: <c>.</c> none, <c>S</c> starting, <c>R</c> ready, <c>F</c> failed, <c>T</c> being deleted.</param>
/// <param name="HasService">Whether its Service is there.</param>
/// <param name="IsMarked">Whether the entry pod bears the mark.</param>
internal readonly record struct InstanceState(string Pods, bool HasService, bool IsMarked)
{
    public InstanceState With(int index, char phase) => this with
    {
        Pods = string.Concat(Pods.AsSpan(0, index), phase.ToString(), Pods.AsSpan(index + 1)),
        IsMarked = IsMarked && !(index == 0 && phase is '.'),
    };
}

/// <summary>
/// Visits every state of one role instance that any order of looks, crashes between two writes and happenings leads to: pods are
/// created, get ready, lose readiness, fail, are deleted and vanish; the Service vanishes.
/// </summary>
internal sealed class InstanceSearch(RecoveryPolicy policy, int pods)
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RoleKey Key = RoleKey.Parse("ns/ms/0/r/0");

    private readonly RoleGoal _goal = Goal(policy, pods - 1);
    private readonly Dictionary<InstanceState, InstanceState> _visited = [];
    private readonly Queue<InstanceState> _open = [];

    /// <summary>How many states there are.</summary>
    public int Run()
    {
        Reach(new InstanceState(new string('.', pods), HasService: false, IsMarked: false));
        while (_open.TryDequeue(out InstanceState state))
            Visit(state);
        foreach (InstanceState start in _visited.Keys)
            CheckSettles(start);
        return _visited.Count;
    }

    private void Visit(InstanceState state)
    {
        ImmutableArray<ClusterWrite> writes = [.. Plan(state).Writes.Where(static write => write is not RecordEvent)];
        CheckPlan(state, writes);
        InstanceState next = state;
        foreach (ClusterWrite write in writes)
        {
            next = Apply(next, write);
            Reach(next);
        }
        _visited[state] = Good(next);
        if (state.HasService)
            Reach(state with { HasService = false });
        for (int index = 0; index < pods; index++)
        {
            foreach (char phase in state.Pods[index] switch { 'S' => "RFT.", 'R' => "SFT.", 'F' => "T.", 'T' => ".", _ => "" })
                Reach(state.With(index, phase));
        }
    }

    private void Reach(InstanceState state)
    {
        if (_visited.TryAdd(state, state))
            _open.Enqueue(state);
    }

    private void CheckPlan(InstanceState state, ImmutableArray<ClusterWrite> writes)
    {
        int[] deleted = [.. writes.OfType<DeleteObject>().Select(static write => IndexOf(write))];
        int[] created = [.. writes.OfType<CreateObject>().Where(static write => write.Kind == ResourceKinds.Pod).Select(static write => IndexOf(write))];
        Expect(deleted.Length == 0 || created.Length == 0, "deletes and creates in one plan", state);
        Expect(created.All(index => state.Pods[index] == '.'), "creates what is there", state);
        Expect(created.Length == 0 || state.HasService || writes[0].Kind == ResourceKinds.Service, "a pod before its Service", state);
        if (policy == RecoveryPolicy.None)
        {
            Expect(deleted.Length == 0, "deletes under None", state);
            return;
        }
        Expect(created.Length == 0 || !state.Pods.AsSpan().ContainsAny('F', 'T'), "builds while something failed is there", state);
        int firstFailed = Array.FindIndex(deleted, index => state.Pods[index] == 'F');
        Expect(firstFailed < 0 || deleted.Skip(firstFailed).All(index => state.Pods[index] == 'F'), "the evidence does not go last", state);
    }

    private void CheckSettles(InstanceState start)
    {
        InstanceState state = start;
        for (int round = 0; round < 20; round++)
        {
            InstanceState next = _visited[state];
            if (next == state)
            {
                bool isMarked = policy != RecoveryPolicy.RoleRecreate || state.IsMarked;
                Expect(state.Pods.All(static pod => pod == 'R' || pod == 'F') && state.HasService && isMarked, "stands still", start);
                Expect(!state.Pods.Contains('F') || policy == RecoveryPolicy.None, "leaves a failed pod", start);
                return;
            }
            state = next;
        }
        Expect(false, "does not come to rest", start);
    }

    private static InstanceState Good(InstanceState state)
    {
        for (int index = 0; index < state.Pods.Length; index++)
        {
            if (state.Pods[index] is 'S' or 'T')
                state = state.With(index, state.Pods[index] == 'S' ? 'R' : '.');
        }
        return state;
    }

    private static InstanceState Apply(InstanceState state, ClusterWrite write) => write switch
    {
        CreateObject when write.Kind == ResourceKinds.Service => state with { HasService = true },
        DeleteObject when write.Kind == ResourceKinds.Service => state with { HasService = false },
        CreateObject => state.With(IndexOf(write), 'S'),
        DeleteObject => state.With(IndexOf(write), 'T'),
        PatchObject => state with { IsMarked = true },
        _ => throw new InvalidOperationException($"{write} is not known here."),
    };

    private RolePlan Plan(InstanceState state)
    {
        IEnumerable<Pod> seen = Enumerable.Range(0, pods).Where(index => state.Pods[index] != '.').Select(index => Seen(state, index));
        Service[] services = state.HasService
            ? [new Service { Metadata = new ObjectMeta { Namespace = "ns", Name = Key.PodName(0), Uid = "s", OwnerReferences = [Owner] } }]
            : [];
        return RolePlanner.Plan(Key, _goal, new RoleObservation("ms", seen, services, previous: null), Now);
    }

    private Pod Seen(InstanceState state, int index)
    {
        char phase = state.Pods[index];
        return new Pod
        {
            Metadata = new ObjectMeta
            {
                Namespace = "ns",
                Name = Key.PodName(index),
                Uid = $"u{index}",
                ResourceVersion = "1",
                OwnerReferences = [Owner],
                DeletionTimestamp = phase == 'T' ? Now : null,
                CreationTimestamp = Now - TimeSpan.FromHours(1),
                Labels = LabelSet.Of((ServingLabels.Revision, "rev"), (ServingLabels.RoleTemplateHash, "hash")),
                Annotations = index == 0 && state.IsMarked ? LabelSet.Of((ServingLabels.Assembled, "true")) : LabelSet.Empty,
            },
            Phase = phase switch { 'S' => "Pending", 'F' => "Failed", _ => "Running" },
            Conditions = [new Condition("Ready", phase == 'R' ? "True" : "False") { LastTransitionTime = Now - TimeSpan.FromMinutes(30) }],
        };
    }

    private static OwnerReference Owner { get; } = new("v", "ModelServing", "ms", "ms", IsController: true);

    private static int IndexOf(ClusterWrite write) => write.Target.Name[^1] - '0';

    private static RoleGoal Goal(RecoveryPolicy policy, int workers)
    {
        var template = new JsonObject { ["spec"] = new JsonObject { ["containers"] = new JsonArray() } };
        string json = new JsonObject
        {
            ["name"] = "r",
            ["workerReplicas"] = workers,
            ["entryTemplate"] = template,
            ["workerTemplate"] = template.DeepClone(),
        }.ToJsonString();
        var role = new RoleDefinition("r", 1, "hash", new RawJson(Encoding.UTF8.GetBytes(json)));
        return RoleGoal.From(new RoleAssignment(new ServingPolicies("ms", "s", policy, TimeSpan.Zero), "rev", role));
    }

    private static void Expect(bool holds, string problem, InstanceState state)
    {
        if (!holds)
            throw new StateException($"{problem}: {state}");
    }
}
