using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Tables;

/// <summary>What a pod's row says, derived as the API server derives it.</summary>
internal static class PodCells
{
    public static string Ready(JsonObject pod)
    {
        int total = pod.Object("spec").Array("containers")?.Count ?? 0;
        int ready = Statuses(pod, "containerStatuses").Count(static status => status.Boolean("ready") == true);
        return string.Create(CultureInfo.InvariantCulture, $"{ready}/{total}");
    }

    public static string Restarts(JsonObject pod) =>
        Statuses(pod, "containerStatuses").Sum(static status => status.Int64("restartCount") ?? 0).ToString(CultureInfo.InvariantCulture);

    /// <summary>The phase, or the more telling reason of a container or of the deletion.</summary>
    public static string Status(JsonObject pod)
    {
        JsonObject? status = pod.Object("status");
        string text = status.String("reason") ?? status.String("phase") ?? "Unknown";
        if (Scheduled(status) is { } notScheduled)
            text = notScheduled;
        string? initial = InitialReason(pod);
        if (initial is not null)
        {
            text = initial;
        }
        else
        {
            bool hasRunning = false;
            foreach (JsonObject container in Statuses(pod, "containerStatuses").Reverse())
            {
                JsonObject? state = container.Object("state");
                if (state.Object("waiting").String("reason") is { Length: > 0 } waiting)
                    text = waiting;
                else if (state.Object("terminated") is { } terminated)
                    text = Terminated(terminated);
                else if (container.Boolean("ready") == true && state.Object("running") is not null)
                    hasRunning = true;
            }
            if (text == "Completed" && hasRunning)
                text = "Running";
        }
        if (pod.Object("metadata").String("deletionTimestamp") is not null)
            return status.String("reason") == "NodeLost" ? "Unknown" : "Terminating";
        return text;
    }

    private static string? Scheduled(JsonObject? status) =>
        status.Array("conditions")?.OfType<JsonObject>()
            .Where(static condition => condition.String("type") == "PodScheduled" && condition.String("reason") == "SchedulingGated")
            .Select(static condition => condition.String("reason"))
            .FirstOrDefault();

    private static string? InitialReason(JsonObject pod)
    {
        int total = pod.Object("spec").Array("initContainers")?.Count ?? 0;
        int at = 0;
        foreach (JsonObject container in Statuses(pod, "initContainerStatuses"))
        {
            JsonObject? state = container.Object("state");
            if (state.Object("terminated") is { } terminated)
            {
                if (terminated.Int64("exitCode") != 0)
                    return "Init:" + Terminated(terminated);
            }
            else
            {
                return state.Object("waiting").String("reason") is { Length: > 0 } waiting and not "PodInitializing"
                    ? "Init:" + waiting
                    : string.Create(CultureInfo.InvariantCulture, $"Init:{at}/{total}");
            }
            at++;
        }
        return null;
    }

    private static string Terminated(JsonObject terminated)
    {
        if (terminated.String("reason") is { Length: > 0 } reason)
            return reason;
        return terminated.Int64("signal") is { } signal and not 0
            ? string.Create(CultureInfo.InvariantCulture, $"Signal:{signal}")
            : string.Create(CultureInfo.InvariantCulture, $"ExitCode:{terminated.Int64("exitCode") ?? 0}");
    }

    private static IEnumerable<JsonObject> Statuses(JsonObject pod, string list) =>
        pod.Object("status").Array(list)?.OfType<JsonObject>() ?? [];
}
