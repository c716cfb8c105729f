namespace Kthena.Embedded.Kubernetes.Core.Logs;

/// <summary>Which lines of a container are wanted.</summary>
/// <param name="Tail">Only so many of the last lines that there are; null is all.</param>
/// <param name="Since">Only lines of this instant and later; null is all.</param>
/// <param name="Follows">Whether lines that are yet to come are wanted too.</param>
public sealed record PodLogQuery(int? Tail, DateTimeOffset? Since, bool Follows);
