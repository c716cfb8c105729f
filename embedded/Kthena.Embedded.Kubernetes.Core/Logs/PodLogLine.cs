namespace Kthena.Embedded.Kubernetes.Core.Logs;

/// <summary>One line that a container wrote.</summary>
/// <param name="Time">When.</param>
/// <param name="Text">The line, without its end.</param>
public readonly record struct PodLogLine(DateTimeOffset Time, string Text);
