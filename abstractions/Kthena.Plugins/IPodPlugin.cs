using System.Text.Json.Nodes;

namespace Kthena.Plugins;

/// <summary>
/// Changes the pods of ModelServings that name it in <c>spec.plugins</c>. One instance serves many pods at once, so it keeps
/// nothing of one call for the next; the same pod gives the same result, whenever and wherever it is asked. What it throws
/// keeps the pod from being made, is told, and is tried again later; pods that run are not touched.
/// </summary>
public interface IPodPlugin
{
    /// <summary>
    /// Changes a pod that is about to be made, after the template, the variables and the scheduler's annotations are in
    /// place. Name, owner and the control plane's labels stay what they are, whatever is written there.
    /// </summary>
    /// <param name="pod">Which pod it is.</param>
    /// <param name="manifest">The whole pod, to be changed in place.</param>
    void OnPodCreate(PluginPod pod, JsonObject manifest)
    {
    }

    /// <summary>Says what a pod that is ready should bear. Asked again at every look; only what is missing is written.</summary>
    /// <param name="pod">Which pod it is.</param>
    PodMarks OnPodReady(PluginPod pod) => PodMarks.None;
}
