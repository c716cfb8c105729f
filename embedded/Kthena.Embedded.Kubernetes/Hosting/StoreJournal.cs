using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Storage;

namespace Kthena.Embedded.Kubernetes.Hosting;

/// <summary>The API server's objects in the durable store: one space, keys <c>kind|namespace/name</c>.</summary>
internal sealed class StoreJournal(DurableStore store) : IObjectJournal
{
    private const string Space = "kubernetes";

    public Task CommitAsync(IReadOnlyList<JournalRecord> records) =>
        store.CommitAsync([.. records.Select(static record => record.Value is { } value
            ? StoreChange.Put(Space, $"{record.Space}|{record.Key}", value)
            : StoreChange.Delete(Space, $"{record.Space}|{record.Key}"))]);

    public IReadOnlyList<JournalRecord> ReadAll() =>
    [
        .. store.ReadAll(Space).Select(static record =>
        {
            int bar = record.Key.IndexOf('|', StringComparison.Ordinal);
            return new JournalRecord(record.Key[..bar], record.Key[(bar + 1)..], record.Value);
        }),
    ];
}
