using System.Collections.Immutable;
using Kthena.Model.Routing;

namespace Kthena.Router.Tables;

/// <summary>The last records of one model server, as many as fit into a number of bytes. Not thread-safe.</summary>
/// <param name="bytesMax">The most bytes that their hashes may take.</param>
internal sealed class RecentRecords(long bytesMax)
{
    // A record without its hashes: an object, a place in the queue.
    private const int RecordBytes = 64;

    private readonly Queue<PrefixRecord> _records = new();
    private long _bytes;

    public int Count => _records.Count;

    /// <summary>The records, oldest first.</summary>
    public ImmutableArray<PrefixRecord> All => [.. _records];

    public void Add(PrefixRecord record)
    {
        _records.Enqueue(record);
        _bytes += BytesOf(record);
        while (_bytes > bytesMax)
            _bytes -= BytesOf(_records.Dequeue());
    }

    private static long BytesOf(PrefixRecord record) => RecordBytes + record.Blocks.Length;
}
