using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Gang;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Tests.Toy;

/// <summary>
/// A cluster of objects in memory with the three levels of planners on top: enough to apply plans until they are empty and
/// to tell the story of the steps. It keeps an API server's promises that plans rest on: names, UIDs, versions, conflicts.
/// </summary>
internal sealed partial class ToyCluster
{
    public static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    public static readonly NamespacedName Serving = new("ns", "ms");

    private readonly SortedDictionary<(string Kind, string Name), JsonObject> _objects = [];
    private readonly Dictionary<RoleKey, (RoleGoal? Goal, RoleSummary? Summary)> _roles = [];
    private readonly Dictionary<int, (GroupAssignment? Goal, Dictionary<(string, int), RoleChild> Children)> _groups = [];
    private readonly Dictionary<int, GroupChild> _servingChildren = [];
    private readonly Dictionary<JsonObject, (string Version, object View)> _views = new(ReferenceEqualityComparer.Instance);
    private long _version;
    private TimeSpan? _wake;
    private bool _hasWrittenStatus;

    public ToyCluster(string spec, int drainSeconds = 0)
    {
        Put(new JsonObject
        {
            ["apiVersion"] = ResourceKinds.ModelServing.ApiVersion,
            ["kind"] = "ModelServing",
            ["metadata"] = new JsonObject
            {
                ["name"] = Serving.Name,
                ["namespace"] = Serving.Namespace,
                ["uid"] = "uid-ms",
                ["generation"] = 1,
                ["annotations"] = new JsonObject { [ServingLabels.DrainSeconds] = drainSeconds.ToString(CultureInfo.InvariantCulture) }
            },
            ["spec"] = JsonNode.Parse(spec),
        });
    }

    /// <summary>A cluster on which the spec stands and runs.</summary>
    public static ToyCluster Settled(string spec, int drainSeconds = 0)
    {
        var cluster = new ToyCluster(spec, drainSeconds);
        cluster.SettleReady();
        return cluster;
    }

    public DateTimeOffset Now { get; set; } = Start;

    /// <summary>Whether a deleted pod is first marked and goes when <see cref="Reap"/> is called, as with a grace period.</summary>
    public bool HasGrace { get; set; }

    /// <summary>Whether the definition does not know <c>status.detail</c>, as upstream's.</summary>
    public bool DropsDetail { get; set; }

    /// <summary>Whether the status is written at most once a second.</summary>
    public bool PacesStatus { get; set; }

    /// <summary>Whether what is seen of the groups is as new as what the recorded steps follow from.</summary>
    public bool IsAsNewAsTheRecord { get; set; } = true;

    /// <summary>How far the pods are known, as a resource version.</summary>
    public long PodsSeen { get; set; }

    /// <summary>When the status was written.</summary>
    public List<DateTimeOffset> StatusWrites { get; } = [];

    /// <summary>Every write and order, without events and status.</summary>
    public List<string> Story { get; } = [];

    public List<RecordEvent> Events { get; } = [];

    public int Writes { get; private set; }

    public ModelServing Current => View<ModelServing>("ModelServing", Serving.Name)!;

    public IEnumerable<Pod> Pods => All<Pod>("Pod");

    public IEnumerable<Service> Services => All<Service>("Service");

    /// <summary>The UIDs of the pods, by name.</summary>
    public string[] Uids => [.. Pods.Select(static pod => pod.Metadata.Uid)];

    /// <summary>Each pod's name and image.</summary>
    public string[] Images => [.. Pods.Select(static pod => $"{pod.Metadata.Name} {pod.Containers[0].Image}")];

    /// <summary>In which order observations list what they saw; null for that of names.</summary>
    public Random? Order { get; init; }

    /// <summary>Says which writes the API server refuses; the rest of a plan waits for another look.</summary>
    public Func<ClusterWrite, bool> Refuses { get; set; } = static _ => false;

    public IEnumerable<ControllerRevision> Revisions => All<ControllerRevision>("ControllerRevision");

    public Condition? Condition(string type) => Current.Status.Conditions.FirstOrDefault(condition => condition.Type == type);

    public JsonObject Json(string kind, string name) => _objects[(kind, name)];

    public void EditSpec(Action<JsonObject> edit)
    {
        JsonObject serving = _objects[("ModelServing", Serving.Name)];
        edit(serving["spec"]!.AsObject());
        serving["metadata"]!["generation"] = (int)serving["metadata"]!["generation"]! + 1;
        Touch(serving);
    }

    public void SetImage(string image) => EditSpec(spec =>
        spec["template"]!["roles"]![0]!["entryTemplate"]!["spec"]!["containers"]![0]!["image"] = image);

    public void Annotate(string kind, string name, string annotation, string value)
    {
        JsonObject meta = _objects[(kind, name)]["metadata"]!.AsObject();
        (meta["annotations"] ??= new JsonObject())[annotation] = value;
        Touch(_objects[(kind, name)]);
    }

    /// <summary>Changes every object as another writer might have left it.</summary>
    public void Rewrite(Action<JsonObject> change)
    {
        foreach (((string, string) key, JsonObject json) in _objects.ToList())
        {
            change(json);
            _objects.Remove(key);
            Put(json);
        }
    }

    public void SetReady(string pod, bool isReady = true, int restarts = 0, string phase = "Running")
    {
        JsonObject json = _objects[("Pod", pod)];
        json["status"] = new JsonObject
        {
            ["phase"] = phase,
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "Ready",
                ["status"] = isReady ? "True" : "False",
                ["lastTransitionTime"] = Now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            }),
            ["containerStatuses"] = new JsonArray(new JsonObject { ["name"] = "c", ["ready"] = isReady, ["restartCount"] = restarts }),
        };
        Touch(json);
    }

    public void SetStatus(string pod, JsonObject status)
    {
        _objects[("Pod", pod)]["status"] = status;
        Touch(_objects[("Pod", pod)]);
    }

    public void AllReady()
    {
        foreach (Pod pod in Pods.Where(static pod => !pod.IsReady && pod.Metadata.DeletionTimestamp is null).ToList())
            SetReady(pod.Metadata.Name);
    }

    /// <summary>Takes a pod away as a user or a node would.</summary>
    public void Lose(string pod) => _objects.Remove(("Pod", pod));

    /// <summary>The user deletes the ModelServing; its objects are left to garbage collection.</summary>
    public void DeleteServing()
    {
        JsonObject serving = _objects[("ModelServing", Serving.Name)];
        serving["metadata"]!["deletionTimestamp"] = "2026-01-02T03:04:05Z";
        Touch(serving);
    }

    /// <summary>An object that another writer made.</summary>
    public void Add(JsonObject json)
    {
        json["metadata"]!["uid"] ??= $"uid-{_version + 1}";
        json["metadata"]!["creationTimestamp"] ??= Now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        Put(json);
    }

    public void SetServingStatus(JsonObject status)
    {
        _objects[("ModelServing", Serving.Name)]["status"] = status;
        Touch(_objects[("ModelServing", Serving.Name)]);
    }

    /// <summary>A ModelServing of the same name takes the place of the one before, whose objects are still there.</summary>
    public void ReplaceServing(string uid)
    {
        JsonObject serving = _objects[("ModelServing", Serving.Name)].DeepClone().AsObject();
        serving["metadata"]!["uid"] = uid;
        serving["metadata"]!.AsObject().Remove("deletionTimestamp");
        serving.Remove("status");
        Put(serving);
    }

    /// <summary>Garbage collection: what belongs to no present ModelServing goes.</summary>
    public void CollectGarbage()
    {
        foreach (((string, string) key, JsonObject json) in _objects.ToList())
        {
            if (json["metadata"]!["ownerReferences"] is JsonArray owners && (string?)owners[0]!["uid"] != Current.Metadata.Uid)
                _objects.Remove(key);
        }
    }

    public void DropService(string service) => _objects.Remove(("Service", service));

    /// <summary>What was being deleted is gone.</summary>
    public void Reap()
    {
        foreach ((string, string) key in _objects.Where(static pair => pair.Value["metadata"]!["deletionTimestamp"] is not null).Select(static pair => pair.Key).ToList())
            _objects.Remove(key);
    }

    /// <summary>Every grain forgets what it knew, as when all silos restart.</summary>
    public void ForgetGrains()
    {
        _roles.Clear();
        _groups.Clear();
        _servingChildren.Clear();
        _hasWrittenStatus = false;
    }

    /// <summary>Plans and applies at all levels until nothing is left to do.</summary>
    /// <param name="stopAfterWrites">Crashes after so many writes: what a plan has left is dropped and grains forget.</param>
    public void Settle(int? stopAfterWrites = null)
    {
        int end = stopAfterWrites is { } more ? Writes + more : int.MaxValue;
        for (int round = 0; round < 400; round++)
        {
            bool moved = false;
            _wake = null;
            foreach (RoleKey role in KnownRoles())
                moved |= StepRole(role, end);
            foreach (int group in KnownRoles().Select(static role => role.Group.Ordinal).Concat(_groups.Keys).Distinct().Order().ToList())
                moved |= StepGroup(group, end);
            moved |= StepServing(end);
            if (Writes >= end)
            {
                ForgetGrains();
                return;
            }
            if ((!moved && _wake is null) || Now >= _until)
                return;
            Now += moved || _wake <= TimeSpan.Zero ? TimeSpan.FromSeconds(1) : _wake!.Value;
        }
        throw new InvalidOperationException("Plans do not come to an end:\n" + string.Join('\n', Story.TakeLast(20)));
    }

    /// <summary>Settles with nodes that do all that is asked of them, until nothing changes any more.</summary>
    public void SettleReady()
    {
        for (int before = -1; before != Writes;)
        {
            before = Writes;
            Settle();
            Reap();
            AllReady();
            Settle();
        }
    }

    private IEnumerable<T> Seen<T>(IEnumerable<T> items)
    {
        if (Order is null)
            return items;
        T[] shuffled = [.. items];
        Order.Shuffle(shuffled);
        return shuffled;
    }

    private IEnumerable<RoleKey> KnownRoles() => Pods.Select(static pod => pod.Metadata)
        .Concat(Services.Select(static service => service.Metadata))
        .Where(meta => meta.Controller?.Uid == Current.Metadata.Uid)
        .Select(static meta => RoleKey.FromLabels(meta.Namespace, meta.Labels))
        .OfType<RoleKey>()
        .Concat(_roles.Keys)
        .Distinct()
        .OrderBy(static key => key.ToString(), StringComparer.Ordinal)
        .ToList();

    private bool StepRole(RoleKey key, int end)
    {
        (RoleGoal? goal, RoleSummary? before) = _roles.GetValueOrDefault(key);
        var observed = new RoleObservation(
            Current.Metadata.Uid,
            Seen(Pods.Where(pod => RoleKey.FromLabels("ns", pod.Metadata.Labels) == key)),
            Seen(Services.Where(service => RoleKey.FromLabels("ns", service.Metadata.Labels) == key)),
            before)
        {
            OwnerAnnotations = Current.Metadata.Annotations,
            Owner = Current.Metadata,
            PluginFailures = _pluginFailures.GetValueOrDefault(key),
        };
        RolePlan plan = RolePlanner.Plan(key, goal, observed, Now);
        ShouldStayQuiet(plan, later => RolePlanner.Plan(key, goal, observed, later));
        _roles[key] = (goal, plan.Summary);
        _pluginFailures[key] = plan.HasPluginFailed ? _pluginFailures.GetValueOrDefault(key) + 1 : 0;
        _wake = _wake is null || plan.RequeueAfter < _wake ? plan.RequeueAfter ?? _wake : _wake;
        var (groupGoal, children) = Group(key.Group.Ordinal);
        children[(key.Role, key.Ordinal)] = new RoleChild(plan.Summary, plan.Summary.IsAssigned ? children.GetValueOrDefault((key.Role, key.Ordinal))?.Assigned : null);
        _ = groupGoal;
        return Apply(plan.Writes, end) | !plan.Summary.SaysTheSameAs(before);
    }

    private bool StepGroup(int ordinal, int end)
    {
        var (goal, children) = Group(ordinal);
        GroupPlan plan = ServingGroupPlanner.Plan(ordinal, goal, Seen(children.Values));
        foreach ((string, int) gone in plan.Forgotten)
        {
            children.Remove(gone);
            _roles.Remove(new RoleKey(new GroupKey(Serving, ordinal), gone.Item1, gone.Item2));
        }
        PodGroupPlan gang = LookAtPodGroup(ordinal, goal, plan);
        bool wrote = Apply(gang.Writes, end);
        ImmutableArray<RoleOrder> orders = gang.Pass(plan.Orders, isWritten: Writes < end);
        foreach (RoleOrder order in orders)
        {
            var key = new RoleKey(new GroupKey(Serving, ordinal), order.Role, order.Ordinal);
            _roles[key] = (RoleGoal.From(order.Assignment, Plugins.Build(order.Assignment.Policies.Plugins)), _roles.GetValueOrDefault(key).Summary);
            RoleSummary known = children.GetValueOrDefault((order.Role, order.Ordinal))?.Summary ?? new RoleSummary(order.Role, order.Ordinal, RolePhase.Absent);
            children[(order.Role, order.Ordinal)] = new RoleChild(known with { IsAssigned = true, IsDeleting = order.Assignment.IsDeleting }, order.Assignment);
        }
        GroupSummary? before = _servingChildren.GetValueOrDefault(ordinal)?.Summary;
        GroupSummary summary = plan.Summary with { Trouble = gang.Trouble };
        _servingChildren[ordinal] = new GroupChild(summary, plan.Summary.IsAssigned ? _servingChildren.GetValueOrDefault(ordinal)?.Assigned : null);
        return wrote || orders.Length > 0 || !summary.SaysTheSameAs(before);
    }

    private bool StepServing(int end)
    {
        ModelServing serving = Current;
        var observed = new ServingObservation(serving, RevisionSet.Build(serving, [.. Seen(Revisions)]), Seen(_servingChildren.Values))
        {
            IsAsNewAsTheRecord = IsAsNewAsTheRecord,
            PodsSeen = PodsSeen,
            StatusWrittenAt = PacesStatus && StatusWrites.Count > 0 ? StatusWrites[^1] : null,
            IsStatusWritten = _hasWrittenStatus,
            PodGroupSupport = PodGroupSupport,
            PodGroups = [.. PodGroups],
        };
        ServingPlan plan = ModelServingPlanner.Plan(observed, Now);
        ShouldStayQuiet(plan, later => ModelServingPlanner.Plan(observed, later));
        if (PacesStatus)
            _wake = _wake is null || plan.RequeueAfter < _wake ? plan.RequeueAfter ?? _wake : _wake;
        foreach (int gone in plan.Forgotten)
        {
            _servingChildren.Remove(gone);
            _groups.Remove(gone);
        }
        bool wrote = Apply(plan.Writes, end);
        if (Writes >= end)
            return true;
        foreach (GroupOrder order in plan.Orders)
        {
            Story.Add(order.ToString());
            _groups[order.Ordinal] = (order.Assignment, Group(order.Ordinal).Children);
            GroupSummary known = _servingChildren.GetValueOrDefault(order.Ordinal)?.Summary ?? new GroupSummary(order.Ordinal, []);
            _servingChildren[order.Ordinal] = new GroupChild(known with { IsAssigned = true, IsDeleting = order.Assignment.IsDeleting }, order.Assignment);
        }
        return wrote || plan.Orders.Length > 0;
    }

    private (GroupAssignment? Goal, Dictionary<(string, int), RoleChild> Children) Group(int ordinal)
    {
        if (!_groups.TryGetValue(ordinal, out var group))
            _groups[ordinal] = group = (null, []);
        return group;
    }

    private bool Apply(ImmutableArray<ClusterWrite> writes, int end)
    {
        foreach (ClusterWrite write in writes)
        {
            if (write is RecordEvent happening)
            {
                Events.Add(happening);
                continue;
            }
            if (Writes >= end)
                return true;
            if (Refuses(write) || IsTaken(write))
                return false;
            Writes++;
            if (write is PatchObject { Subresource: "status" })
                StatusWrites.Add(Now);
            else
                Story.Add(write.ToString()!);
            if (!ApplyOne(write))
                return true;
        }
        return writes.Any(static write => write is not RecordEvent);
    }

    /// <summary>Whether an object of a namesake holds the name: the plan waits until it is gone.</summary>
    private bool IsTaken(ClusterWrite write) => write is CreateObject
        && _objects.TryGetValue((write.Kind.Kind, write.Target.Name), out JsonObject? json)
        && json["metadata"]!["ownerReferences"] is JsonArray owners
        && (string?)owners[0]!["uid"] != Current.Metadata.Uid;

    private bool ApplyOne(ClusterWrite write)
    {
        (string, string) key = (write.Kind.Kind, write.Target.Name);
        switch (write)
        {
            case CreateObject create:
                if (_objects.ContainsKey(key))
                    return true;
                var json = JsonNode.Parse(create.Body.Utf8.Span)!.AsObject();
                json["metadata"]!["uid"] = $"uid-{_version + 1}";
                json["metadata"]!["creationTimestamp"] = Now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                Place(json);
                Put(json);
                return true;
            case DeleteObject delete:
                if (!_objects.TryGetValue(key, out JsonObject? victim) || (string?)victim["metadata"]!["uid"] != delete.Uid)
                    return true;
                if (HasGrace && write.Kind == ResourceKinds.Pod)
                {
                    victim["metadata"]!["deletionTimestamp"] = Now.ToString("O", CultureInfo.InvariantCulture);
                    Touch(victim);
                }
                else
                {
                    _objects.Remove(key);
                }
                return true;
            case PatchObject patch:
                if (!_objects.TryGetValue(key, out JsonObject? target)
                    || (patch.ResourceVersion is not null && (string?)target["metadata"]!["resourceVersion"] != patch.ResourceVersion))
                {
                    return false;
                }
                Merge(target, JsonNode.Parse(patch.Patch.Utf8.Span)!.AsObject());
                _hasWrittenStatus |= patch.Subresource == "status";
                if (DropsDetail)
                    target["status"]?.AsObject().Remove("detail");
                Touch(target);
                return true;
            default:
                throw new InvalidOperationException($"The toy does not know {write}.");
        }
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch.ToList())
        {
            if (value is null)
                target.Remove(name);
            else if (value is JsonObject inner && target[name] is JsonObject into)
                Merge(into, inner);
            else
                target[name] = value.DeepClone();
        }
    }

    private void Put(JsonObject json)
    {
        _objects[((string)json["kind"]!, (string)json["metadata"]!["name"]!)] = json;
        Touch(json);
    }

    private void Touch(JsonObject json) => json["metadata"]!["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);

    private T? View<T>(string kind, string name)
        where T : class, IKubernetesResource<T> =>
        _objects.TryGetValue((kind, name), out JsonObject? json) ? Parse<T>(json) : null;

    private List<T> All<T>(string kind)
        where T : class, IKubernetesResource<T> =>
        [.. _objects.Where(pair => pair.Key.Kind == kind).Select(pair => Parse<T>(pair.Value))];

    private T Parse<T>(JsonObject json)
        where T : class, IKubernetesResource<T>
    {
        string version = (string)json["metadata"]!["resourceVersion"]!;
        if (_views.TryGetValue(json, out (string Version, object View) known) && known.Version == version)
            return (T)known.View;
        using JsonDocument document = JsonDocument.Parse(json.ToJsonString());
        T view = T.Parse(document.RootElement);
        _views[json] = (version, view);
        return view;
    }
}
