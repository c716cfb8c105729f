namespace Kthena.Embedded.Runtime;

/// <summary>A record as it is stored.</summary>
internal sealed record StoredState(ReadOnlyMemory<byte> Json, string Etag);
