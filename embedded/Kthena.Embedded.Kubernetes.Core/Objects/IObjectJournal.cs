namespace Kthena.Embedded.Kubernetes.Core.Objects;

/// <summary>One change of what must survive a restart.</summary>
/// <param name="Space">What kind of thing it is: <c>plural.group</c>, or <c>meta</c> for the server's own counters.</param>
/// <param name="Key">The thing's key inside the space: <c>namespace/name</c> or <c>name</c>.</param>
/// <param name="Value">The new content; null removes the key.</param>
public readonly record struct JournalRecord(string Space, string Key, ReadOnlyMemory<byte>? Value);

/// <summary>
/// Where the API server keeps its objects. Commits are handed over in the order of their resource versions and must
/// become durable in that order.
/// </summary>
public interface IObjectJournal
{
    /// <summary>Makes changes durable, all or none.</summary>
    /// <param name="records">The changes, in order; a later one of the same key wins.</param>
    /// <returns>A task that completes once the changes are durable and fails when they never will be.</returns>
    Task CommitAsync(IReadOnlyList<JournalRecord> records);

    /// <summary>All that is kept, asked once at start.</summary>
    /// <returns>Every live key with its content; the order does not matter.</returns>
    IReadOnlyList<JournalRecord> ReadAll();
}
