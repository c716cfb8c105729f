using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Writing;

/// <summary>What binding a pod to a node changes in it.</summary>
internal static class PodBinding
{
    public static void Bind(JsonObject pod, string node, DateTimeOffset now)
    {
        pod.EnsureObject("spec")["nodeName"] = node;
        SetScheduled(pod, "True", null, null, now);
    }

    /// <summary>Sets the condition <c>PodScheduled</c>.</summary>
    /// <returns>Whether anything changed.</returns>
    public static bool SetScheduled(JsonObject pod, string status, string? reason, string? message, DateTimeOffset now)
    {
        JsonObject podStatus = pod.EnsureObject("status");
        if (podStatus.Array("conditions") is not { } conditions)
            podStatus["conditions"] = conditions = [];
        JsonObject? condition = conditions.OfType<JsonObject>().FirstOrDefault(static item => item.String("type") == "PodScheduled");
        if (condition is not null && condition.String("status") == status && condition.String("reason") == reason && condition.String("message") == message)
            return false;
        if (condition is null)
            conditions.Add(condition = new JsonObject { ["type"] = "PodScheduled", ["lastProbeTime"] = null });
        if (condition.String("status") != status)
            condition["lastTransitionTime"] = Json.Instant(now);
        condition["status"] = status;
        SetOrRemove(condition, "reason", reason);
        SetOrRemove(condition, "message", message);
        return true;
    }

    private static void SetOrRemove(JsonObject json, string name, string? value)
    {
        if (value is null)
            json.Remove(name);
        else
            json[name] = value;
    }
}
