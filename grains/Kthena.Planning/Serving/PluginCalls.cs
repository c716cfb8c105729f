using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Writes;
using Kthena.Plugins;

namespace Kthena.Planning.Serving;

/// <summary>
/// The calls of plugins in one look at a role instance. Plugins run on what would be written and on nothing else: a failure
/// keeps pods from being made or marked, is told, and is tried again with growing pauses; no pod that runs is touched.
/// </summary>
internal sealed class PluginCalls(RoleLook look, RoleGoal? goal)
{
    private const string OwnPrefix = "modelserving.volcano.sh/";
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPause = TimeSpan.FromMinutes(5);

    /// <summary>What failed, as <c>Reason: sentence</c>; empty when nothing did.</summary>
    public string Trouble { get; private set; } = "";

    /// <summary>When a failure is tried again; null without one.</summary>
    public TimeSpan? RetryAfter
    {
        get
        {
            if (Trouble.Length == 0)
                return null;
            TimeSpan pause = FirstPause * Math.Pow(2, Math.Min(look.Observed.PluginFailures, 16));
            return pause < LastPause ? pause : LastPause;
        }
    }

    /// <summary>The missing pods that may be made now; none at all when a plugin failed on one of them, for half an instance serves nobody.</summary>
    /// <param name="backoffStep">How often the instance was rebuilt before.</param>
    public ImmutableArray<CreateObject> BuildMissing(int backoffStep)
    {
        try
        {
            return [.. look.Due.Select(index => RoleObjects.Pod(look.Key, goal!, index, backoffStep, About(index)))];
        }
        catch (PluginException failure)
        {
            Fail(failure.Message);
            return [];
        }
    }

    /// <summary>The marks that ready pods lack.</summary>
    public IEnumerable<PatchObject> Mark()
    {
        foreach (RoleMember member in look.Live.Where(static member => member.State == MemberState.Ready))
        {
            PodMarks marks = MarksOf(member.Pod);
            JsonObject labels = Missing(marks.Labels, member.Pod.Metadata.Labels);
            JsonObject annotations = Missing(marks.Annotations, member.Pod.Metadata.Annotations);
            if (labels.Count + annotations.Count == 0)
                continue;
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = labels, ["annotations"] = annotations } };
            yield return new PatchObject(ResourceKinds.Pod, member.Pod.Metadata.Key, patch.ToRaw(), member.Pod.Metadata.ResourceVersion);
        }
    }

    private PodMarks MarksOf(Pod pod)
    {
        try
        {
            return goal!.Plugins.OnPodReady(About(RoleLook.IndexOf(pod)));
        }
        catch (PluginException failure)
        {
            Fail(failure.Message);
            return PodMarks.None;
        }
    }

    private PluginPod About(int index) => new(
        look.Observed.Owner ?? new ObjectMeta { Namespace = look.Key.Group.Serving.Namespace, Name = look.Key.Group.Serving.Name },
        look.Key.PodName(index),
        look.Key.Role,
        index)
    {
        GroupName = look.Key.Group.Name,
        GroupOrdinal = look.Key.Group.Ordinal,
        RoleId = look.Key.RoleId,
        InstancePods = goal!.Spec.PodsPerInstance,
        EntryName = look.Key.PodName(0),
        Revision = goal.Assignment.Revision,
    };

    /// <summary>The control plane's own labels and annotations are no plugin's to set.</summary>
    private static JsonObject Missing(LabelSet wanted, LabelSet present)
    {
        var missing = new JsonObject();
        foreach ((string key, string value) in wanted.Pairs)
        {
            if (!key.StartsWith(OwnPrefix, StringComparison.Ordinal) && present[key] != value)
                missing[key] = value;
        }
        return missing;
    }

    private void Fail(string message)
    {
        if (Trouble.Length == 0)
            Trouble = $"PluginFailed: {message}";
    }
}
