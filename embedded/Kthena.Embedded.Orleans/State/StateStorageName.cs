namespace Kthena.Embedded.Runtime;

/// <summary>A provider that is opened when the silo starts.</summary>
internal sealed record StateStorageName(string Name);
