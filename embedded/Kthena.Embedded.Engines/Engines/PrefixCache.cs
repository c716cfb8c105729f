namespace Kthena.Embedded.Engines;

/// <summary>
/// Which blocks of 16 tokens an engine still holds from earlier prompts, by the hash of the block and all before it. Bounded:
/// the block that was longest unused goes first. Memory grows with what is held, 40 bytes or so a block.
/// </summary>
internal sealed class PrefixCache(int capacity)
{
    /// <summary>Tokens in a block.</summary>
    public const int BlockTokens = 16;

    /// <summary>Bytes that are taken for a token.</summary>
    public const int TokenBytes = 4;

    private const int BlockBytes = BlockTokens * TokenBytes;
    private const int None = -1;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, int> _places = [];
    private Block[] _blocks = [];
    private int _newest = None;
    private int _oldest = None;

    /// <summary>Blocks held.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _places.Count;
        }
    }

    /// <summary>Looks a text up and holds its whole blocks from now on.</summary>
    /// <param name="model">The model or adapter; each has blocks of its own.</param>
    /// <param name="text">The text from its beginning.</param>
    /// <returns>How many tokens from the beginning were held before.</returns>
    public int Read(string model, ReadOnlySpan<byte> text)
    {
        int hits = 0;
        bool isHit = true;
        ulong hash = StableHash.Of(model);
        lock (_gate)
        {
            for (; text.Length >= BlockBytes; text = text[BlockBytes..])
            {
                hash = StableHash.Mix(StableHash.Of(text[..BlockBytes], hash));
                isHit &= Hold(hash);
                if (isHit)
                    hits++;
            }
        }
        return hits * BlockTokens;
    }

    private bool Hold(ulong hash)
    {
        if (_places.TryGetValue(hash, out int place))
        {
            Unlink(place);
            LinkNewest(place);
            return true;
        }
        if (_places.Count < capacity)
        {
            place = _places.Count;
            if (place == _blocks.Length)
                Array.Resize(ref _blocks, Math.Min(capacity, Math.Max(16, _blocks.Length * 2)));
        }
        else
        {
            place = _oldest;
            Unlink(place);
            _places.Remove(_blocks[place].Hash);
        }
        _blocks[place].Hash = hash;
        _places[hash] = place;
        LinkNewest(place);
        return false;
    }

    private void Unlink(int place)
    {
        (int newer, int older) = (_blocks[place].Newer, _blocks[place].Older);
        if (newer == None)
            _newest = older;
        else
            _blocks[newer].Older = older;
        if (older == None)
            _oldest = newer;
        else
            _blocks[older].Newer = newer;
    }

    private void LinkNewest(int place)
    {
        _blocks[place].Newer = None;
        _blocks[place].Older = _newest;
        if (_newest == None)
            _oldest = place;
        else
            _blocks[_newest].Newer = place;
        _newest = place;
    }

    private struct Block
    {
        public ulong Hash;
        public int Newer;
        public int Older;
    }
}
