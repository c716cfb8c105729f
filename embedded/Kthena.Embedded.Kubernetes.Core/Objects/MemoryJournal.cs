namespace Kthena.Embedded.Kubernetes.Core.Objects;

/// <summary>A journal for tests and simulations: it lives as long as its holder, and every commit is done at once.</summary>
public sealed class MemoryJournal : IObjectJournal
{
    private readonly SortedDictionary<(string Space, string Key), ReadOnlyMemory<byte>> _content =
        new(Comparer<(string Space, string Key)>.Create(static (left, right) =>
        {
            int bySpace = string.CompareOrdinal(left.Space, right.Space);
            return bySpace != 0 ? bySpace : string.CompareOrdinal(left.Key, right.Key);
        }));

    /// <summary>How many commits were made.</summary>
    public int CommitCount { get; private set; }

    /// <inheritdoc/>
    public Task CommitAsync(IReadOnlyList<JournalRecord> records)
    {
        CommitCount++;
        foreach (JournalRecord record in records)
        {
            if (record.Value is { } value)
                _content[(record.Space, record.Key)] = value;
            else
                _content.Remove((record.Space, record.Key));
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public IReadOnlyList<JournalRecord> ReadAll() =>
        [.. _content.Select(static pair => new JournalRecord(pair.Key.Space, pair.Key.Key, pair.Value))];
}
