using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Model;

namespace Kthena.Plugins;

/// <summary>One plugin of a chain.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Plugin">The plugin.</param>
/// <param name="Scope">Which pods it is asked about.</param>
internal sealed record PluginLink(string Name, IPodPlugin Plugin, PluginScope Scope);

/// <summary>The plugins of one ModelServing in the order of its spec.</summary>
public sealed class PluginChain
{
    /// <summary>No plugins.</summary>
    public static readonly PluginChain Empty = new([], []);

    private readonly ImmutableArray<PluginLink> _links;

    internal PluginChain(ImmutableArray<PluginLink> links, ImmutableArray<PluginError> errors) => (_links, Errors) = (links, errors);

    /// <summary>What is wrong with the chain; empty when it can be used.</summary>
    public ImmutableArray<PluginError> Errors { get; }

    /// <summary>Asks each plugin in turn to change a pod that is about to be made.</summary>
    /// <param name="pod">Which pod it is.</param>
    /// <param name="manifest">The pod, changed in place.</param>
    /// <exception cref="PluginException">A plugin failed, or the chain cannot be used: the pod must not be made.</exception>
    public void OnPodCreate(PluginPod pod, JsonObject manifest)
    {
        if (Errors.Length > 0)
            throw new PluginException(string.Join("; ", Errors));
        foreach (PluginLink link in _links.Where(link => link.Scope.Covers(pod)))
            Guard(link, pod, () => link.Plugin.OnPodCreate(pod, manifest));
    }

    /// <summary>What all plugins together want a ready pod to bear; of doubled keys the last plugin's counts.</summary>
    /// <param name="pod">Which pod it is.</param>
    /// <exception cref="PluginException">A plugin failed.</exception>
    public PodMarks OnPodReady(PluginPod pod)
    {
        PodMarks marks = PodMarks.None;
        if (Errors.Length > 0)
            return marks;
        foreach (PluginLink link in _links.Where(link => link.Scope.Covers(pod)))
        {
            Guard(link, pod, () =>
            {
                PodMarks more = link.Plugin.OnPodReady(pod);
                marks = new PodMarks(Join(marks.Labels, more.Labels), Join(marks.Annotations, more.Annotations));
            });
        }
        return marks;
    }

    private static LabelSet Join(LabelSet one, LabelSet other) => other.Count == 0 ? one : LabelSet.From(one.Pairs.Concat(other.Pairs));

    private static void Guard(PluginLink link, PluginPod pod, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            throw new PluginException($"plugin '{link.Name}' failed on pod {pod.Name}: {exception.Message}", exception);
        }
    }
}
