using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>The reported state of one container.</summary>
/// <param name="Name">The container's name.</param>
/// <param name="IsReady">Whether its readiness probe passes.</param>
/// <param name="RestartCount">How often it was restarted in this pod.</param>
public sealed record ContainerStatus(string Name, bool IsReady, int RestartCount)
{
    /// <summary>Why it waits, such as <c>CrashLoopBackOff</c> or <c>ImagePullBackOff</c>; null when it does not wait.</summary>
    public string? WaitingReason { get; init; }

    /// <summary>What is said of <see cref="WaitingReason"/>; null for nothing.</summary>
    public string? WaitingMessage { get; init; }

    /// <summary>The image that it runs or is to run; null where that is not reported.</summary>
    public string? Image { get; init; }

    /// <summary>Reads one entry.</summary>
    /// <param name="json">The entry.</param>
    public static ContainerStatus Parse(JsonElement json) => new(
        json.Text("name") ?? "",
        json.Boolean("ready") ?? false,
        json.Int32("restartCount") ?? 0)
    {
        WaitingReason = json.Field("state").Field("waiting").Text("reason"),
        WaitingMessage = json.Field("state").Field("waiting").Text("message"),
        Image = json.Text("image"),
    };
}
