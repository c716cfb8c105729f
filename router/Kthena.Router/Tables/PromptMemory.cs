using Kthena.Routing.KvIndex;

namespace Kthena.Router.Tables;

/// <summary>
/// What this router itself sent to the endpoints of one model server. It answers before the prefix cache of the cluster can know:
/// the second request of a burst finds the first. Safe for many threads.
/// </summary>
/// <param name="bytesMax">The most memory that it may use.</param>
internal sealed class PromptMemory(long bytesMax)
{
    private readonly KvBlockIndex _blocks = new(bytesMax);
    private readonly Stack<int> _freeNumbers = new();
    private readonly Lock _lock = new();
    private int _numbers;

    /// <summary>How long an array for <see cref="Match"/> must be.</summary>
    public int Numbers => Volatile.Read(ref _numbers);

    /// <summary>How many blocks are known.</summary>
    public int Blocks
    {
        get
        {
            lock (_lock)
                return _blocks.BlockCount;
        }
    }

    /// <summary>How many blocks gave way to newer ones.</summary>
    public long Evictions
    {
        get
        {
            lock (_lock)
                return _blocks.Evictions;
        }
    }

    /// <summary>Gives out a number for an endpoint.</summary>
    public int Add()
    {
        lock (_lock)
            return _freeNumbers.TryPop(out int number) ? number : _numbers++;
    }

    /// <summary>Forgets an endpoint.</summary>
    public void Remove(int number)
    {
        lock (_lock)
        {
            _blocks.Remove(number);
            _freeNumbers.Push(number);
        }
    }

    /// <summary>Notes that an endpoint was sent a prompt.</summary>
    /// <param name="number">The endpoint.</param>
    /// <param name="chain">The prompt's blocks.</param>
    /// <param name="blocksMax">The most blocks to keep for one endpoint; null leaves it to the memory.</param>
    public void Record(int number, ReadOnlySpan<ulong> chain, int? blocksMax = null)
    {
        lock (_lock)
        {
            _blocks.BlocksPerEndpointMax = blocksMax;
            _blocks.Record(number, chain);
        }
    }

    /// <summary>The longest prefix at each endpoint, by number; returns the longest of them.</summary>
    public int Match(ReadOnlySpan<ulong> chain, Span<int> matched)
    {
        lock (_lock)
            return _blocks.Match(chain, matched);
    }
}
