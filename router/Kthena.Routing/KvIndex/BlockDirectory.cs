using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kthena.Routing.KvIndex;

/// <summary>
/// Finds the slot of a block by its hash. Cache lines of eight entries: eight tags, which are compared at once, then eight slots. Who
/// asks for a block that is not there reads one line and no block. A line that is full sends its next entries to the line after it.
/// </summary>
/// <remarks>
/// A tag is half of the mixed hash, and its size tells its line: a larger directory has the same entries in the same order, so growing
/// is one pass from the beginning to the end of both, and reads no block.
/// </remarks>
internal sealed class BlockDirectory
{
    /// <summary>How many entries a line has at most on average. With more, lines that are full would become many.</summary>
    public const int EntriesPerLine = 4;

    /// <summary>The bytes of a line.</summary>
    public const int LineBytes = LineWords * sizeof(uint);

    private const int Lanes = 8;
    private const int LineWords = 2 * Lanes;
    private const int PageWords = 1024;
    private const ulong Mixer = 0x9E3779B97F4A7C15;

    private readonly int _linesMax;
    private uint[] _words;
    private int _start;
    private int _lines;

    /// <summary>Makes an empty one.</summary>
    /// <param name="capacity">The entries to have room for at first.</param>
    /// <param name="capacityMax">The most entries that there will ever be.</param>
    public BlockDirectory(int capacity, int capacityMax)
    {
        _linesMax = LinesFor(capacityMax);
        _lines = LinesFor(capacity);
        (_words, _start) = NewWords(_lines);
    }

    /// <summary>How many entries there are.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of the lines.</summary>
    public long BytesReserved => (long)_words.Length * sizeof(uint);

    /// <summary>
    /// Has the line where a block's entry should be brought into the cache, and does not wait for it: a look-up of a large directory is
    /// nearly all waiting.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Prefetch(ulong hash)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(Unsafe.AsPointer(ref _words[At(HomeOf(TagOf(hash)))]));
    }

    /// <summary>The slot of a block, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ulong hash, Block[][] blocks)
    {
        uint tag = TagOf(hash);
        int at = At(HomeOf(tag));
        Vector256<uint> tags = Vector256.Create<uint>(_words.AsSpan(at, Lanes));
        uint hits = Vector256.Equals(tags, Vector256.Create(tag)).ExtractMostSignificantBits();
        if (hits != 0)
        {
            int slot = (int)_words[at + Lanes + BitOperations.TrailingZeroCount(hits)];
            if (blocks[slot >> BlockTable.SegmentBits][slot & BlockTable.SegmentMask].Hash == hash)
                return slot;
        }
        else if (Vector256.EqualsAny(tags, Vector256<uint>.Zero))
        {
            return -1;
        }
        return FindFurther(hash, tag, blocks);
    }

    /// <summary>Adds a block that is not there.</summary>
    public void Add(ulong hash, int slot)
    {
        if (Count >= _lines * (long)EntriesPerLine)
            Grow();
        Insert(TagOf(hash), (uint)slot);
        Count++;
    }

    /// <summary>Takes out a block that is there.</summary>
    public void Remove(ulong hash, int slot)
    {
        uint tag = TagOf(hash);
        int line = HomeOf(tag);
        uint hits;
        while ((hits = Hits(At(line) + Lanes, (uint)slot) & Hits(At(line), tag)) == 0)
            line = After(line);
        int hole = At(line) + BitOperations.TrailingZeroCount(hits);
        if (Hits(At(line), 0) == 0)
            hole = PullBack(line, hole);
        _words[hole] = 0;
        Count--;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint TagOf(ulong hash) => (uint)((hash * Mixer) >> 32) | 1;

    private static int LinesFor(int entries) => Math.Max(2, (entries + EntriesPerLine - 1) / EntriesPerLine);

    /// <summary>Room for some lines, and the first word of the first whole cache line; it stays there, for the array is pinned.</summary>
    private static (uint[] Words, int Start) NewWords(int lines)
    {
        uint[] words = GC.AllocateArray<uint>((lines + 1) * LineWords, pinned: true);
        // A page that is read before it is written costs the kernel two faults.
        for (int at = 0; at < words.Length; at += PageWords)
            words[at] = 0;
        nint beyond = Marshal.UnsafeAddrOfPinnedArrayElement(words, 0) % LineBytes;
        return (words, beyond == 0 ? 0 : (int)(LineBytes - beyond) / sizeof(uint));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int HomeOf(uint tag) => (int)(((ulong)tag * (uint)_lines) >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int At(int line) => _start + (line * LineWords);

    private int After(int line) => line + 1 == _lines ? 0 : line + 1;

    /// <summary>How many lines <paramref name="to"/> is after <paramref name="from"/>.</summary>
    private int Distance(int from, int to) => to >= from ? to - from : to - from + _lines;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Hits(int at, uint value) =>
        Vector256.Equals(Vector256.Create<uint>(_words.AsSpan(at, Lanes)), Vector256.Create(value)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FindFurther(ulong hash, uint tag, Block[][] blocks)
    {
        for (int line = HomeOf(tag); ; line = After(line))
        {
            int at = At(line);
            for (uint hits = Hits(at, tag); hits != 0; hits &= hits - 1)
            {
                int slot = (int)_words[at + Lanes + BitOperations.TrailingZeroCount(hits)];
                if (blocks[slot >> BlockTable.SegmentBits][slot & BlockTable.SegmentMask].Hash == hash)
                    return slot;
            }
            if (Hits(at, 0) != 0)
                return -1;
        }
    }

    private void Insert(uint tag, uint slot)
    {
        int line = HomeOf(tag);
        uint empty;
        while ((empty = Hits(At(line), 0)) == 0)
            line = After(line);
        int at = At(line) + BitOperations.TrailingZeroCount(empty);
        _words[at] = tag;
        _words[at + Lanes] = slot;
    }

    /// <summary>
    /// Fills a hole in a line that was full from the lines after it, for an entry is looked for only up to the first line that is not
    /// full.
    /// </summary>
    /// <returns>The lane that is to be empty instead.</returns>
    private int PullBack(int line, int hole)
    {
        for (int next = After(line); ; next = After(next))
        {
            int at = At(next);
            bool isFull = Hits(at, 0) == 0;
            for (int lane = at; lane < at + Lanes; lane++)
            {
                uint tag = _words[lane];
                if (tag == 0 || Distance(HomeOf(tag), next) < Distance(line, next))
                    continue;
                _words[hole] = tag;
                _words[hole + Lanes] = _words[lane + Lanes];
                (line, hole) = (next, lane);
                break;
            }
            if (!isFull)
                return hole;
        }
    }

    private void Grow()
    {
        (uint[] words, int start, int lines) = (_words, _start, _lines);
        _lines = (int)Math.Min(_linesMax, lines * 2L);
        (_words, _start) = NewWords(_lines);
        // Entries come one after the other: to compare a line's tags would wait for the tag that was just written.
        byte[] filled = new byte[_lines];
        for (int at = start; at < start + (lines * LineWords); at += LineWords)
        {
            for (int lane = at; lane < at + Lanes; lane++)
            {
                uint tag = words[lane];
                if (tag == 0)
                    continue;
                int line = HomeOf(tag);
                while (filled[line] == Lanes)
                    line = After(line);
                int to = At(line) + filled[line]++;
                _words[to] = tag;
                _words[to + Lanes] = words[lane + Lanes];
            }
        }
    }
}
