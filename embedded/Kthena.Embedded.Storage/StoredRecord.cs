namespace Kthena.Embedded.Storage;

/// <summary>A record as it was found.</summary>
/// <param name="Key">The key within its space.</param>
/// <param name="Value">The bytes.</param>
public sealed record StoredRecord(string Key, ReadOnlyMemory<byte> Value);
