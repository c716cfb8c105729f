namespace Kthena.Embedded.Engines;

/// <summary>One line that a simulated container wrote.</summary>
/// <param name="Time">When.</param>
/// <param name="Text">The line, without its end.</param>
public readonly record struct ContainerLogLine(DateTimeOffset Time, string Text);
