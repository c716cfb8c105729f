using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Engines;

/// <summary>What a kubelet reports of a pod, as merge patches of its status. Conditions of others are kept.</summary>
internal static class PodStatusPatch
{
    private const string HostAddress = "127.0.0.1";

    /// <summary>The pod was accepted and its containers are being made.</summary>
    public static KubernetesPatch Creating(Pod pod, DateTimeOffset now) =>
        Build(pod, now, isReady: false, address: null, container => Waiting(pod, container, "ContainerCreating", null));

    /// <summary>All containers run and are ready.</summary>
    public static KubernetesPatch Running(Pod pod, IPAddress address, DateTimeOffset now) =>
        Build(pod, now, isReady: true, address, container => Started(pod, container, now));

    /// <summary>An image cannot be pulled.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="reason"><c>ErrImagePull</c> or <c>ImagePullBackOff</c>.</param>
    /// <param name="now">The instant of the report.</param>
    public static KubernetesPatch PullFailed(Pod pod, string reason, DateTimeOffset now) =>
        Build(pod, now, isReady: false, address: null, container => ImagePull.Problem(container.Image) switch
        {
            null => Waiting(pod, container, "ContainerCreating", null),
            _ when reason == "ImagePullBackOff" => Waiting(pod, container, reason, $"Back-off pulling image \"{container.Image}\""),
            string problem => Waiting(pod, container, reason, problem),
        });

    private static KubernetesPatch Build(Pod pod, DateTimeOffset now, bool isReady, IPAddress? address, Func<Container, JsonObject> report)
    {
        string[] unready = isReady ? [] : [.. pod.Containers.Select(static container => container.Name)];
        var status = new JsonObject
        {
            ["phase"] = isReady ? "Running" : "Pending",
            ["startTime"] = Stamp(pod.StartTime ?? now),
            ["hostIP"] = HostAddress,
            ["conditions"] = Conditions(pod, now, unready),
            ["containerStatuses"] = new JsonArray([.. pod.Containers.Select(report)]),
        };
        if (address is not null)
        {
            status["podIP"] = address.ToString();
            status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = address.ToString() });
        }
        return KubernetesPatch.Merge(new JsonObject { ["status"] = status });
    }

    private static JsonArray Conditions(Pod pod, DateTimeOffset now, string[] unready)
    {
        string? message = unready.Length == 0 ? null : $"containers with unready status: [{string.Join(' ', unready)}]";
        JsonObject[] own =
        [
            Condition(pod, "PodScheduled", isTrue: true, null, now),
            Condition(pod, "Initialized", isTrue: true, null, now),
            Condition(pod, "ContainersReady", unready.Length == 0, message, now),
            Condition(pod, "Ready", unready.Length == 0, message, now),
        ];
        IEnumerable<JsonObject> others = pod.Conditions
            .Where(condition => own.All(mine => mine["type"]!.GetValue<string>() != condition.Type))
            .Select(static condition => Write(condition.Type, condition.Status, condition.Reason, condition.Message, condition.LastTransitionTime));
        return new JsonArray([.. own.Concat(others)]);
    }

    private static JsonObject Condition(Pod pod, string type, bool isTrue, string? message, DateTimeOffset now)
    {
        Condition? before = pod.Conditions.FirstOrDefault(condition => condition.Type == type);
        DateTimeOffset since = before is not null && before.IsTrue == isTrue ? before.LastTransitionTime ?? now : now;
        return Write(type, isTrue ? "True" : "False", message is null ? "" : "ContainersNotReady", message ?? "", since);
    }

    private static JsonObject Write(string type, string status, string reason, string message, DateTimeOffset? since)
    {
        var json = new JsonObject { ["type"] = type, ["status"] = status, ["lastTransitionTime"] = since is { } at ? Stamp(at) : null };
        if (reason.Length > 0)
            json["reason"] = reason;
        if (message.Length > 0)
            json["message"] = message;
        return json;
    }

    private static JsonObject Waiting(Pod pod, Container container, string reason, string? message)
    {
        var waiting = new JsonObject { ["reason"] = reason };
        if (message is not null)
            waiting["message"] = message;
        JsonObject status = Status(pod, container, isRunning: false);
        status["state"] = new JsonObject { ["waiting"] = waiting };
        return status;
    }

    private static JsonObject Started(Pod pod, Container container, DateTimeOffset now)
    {
        JsonObject status = Status(pod, container, isRunning: true);
        status["containerID"] = $"simulated://{StableHash.Of(pod.Metadata.Uid + container.Name):x16}";
        status["state"] = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Stamp(now) } };
        return status;
    }

    private static JsonObject Status(Pod pod, Container container, bool isRunning) => new()
    {
        ["name"] = container.Name,
        ["image"] = container.Image,
        ["imageID"] = isRunning ? container.Image : "",
        ["ready"] = isRunning,
        ["started"] = isRunning,
        ["restartCount"] = pod.ContainerStatuses.FirstOrDefault(status => status.Name == container.Name)?.RestartCount ?? 0,
        ["lastState"] = new JsonObject(),
    };

    private static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
