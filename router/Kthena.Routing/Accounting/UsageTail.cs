namespace Kthena.Routing.Accounting;

/// <summary>Reads the usage of an answer that is one JSON object, from its last bytes: nothing else of it is kept.</summary>
public sealed class UsageTail
{
    /// <summary>How much of the end is kept.</summary>
    public const int TailBytes = 8 * 1024;

    private byte[] _tail = [];
    private int _count;

    /// <summary>Looks at the next bytes of the answer.</summary>
    /// <param name="bytes">The bytes, in order.</param>
    public void Observe(ReadOnlySpan<byte> bytes)
    {
        if (_tail.Length == 0 && !bytes.IsEmpty)
            _tail = new byte[Math.Min(TailBytes, Math.Max(1024, bytes.Length))];
        if (_tail.Length < TailBytes && _count + bytes.Length > _tail.Length)
            Array.Resize(ref _tail, TailBytes);
        if (bytes.Length > _tail.Length)
            bytes = bytes[^_tail.Length..];
        int kept = Math.Min(_count, _tail.Length - bytes.Length);
        _tail.AsSpan(_count - kept, kept).CopyTo(_tail);
        bytes.CopyTo(_tail.AsSpan(kept));
        _count = kept + bytes.Length;
    }

    /// <summary>The usage, once the answer has ended; nothing when it has none near its end.</summary>
    public TokenUsage Read()
    {
        ReadOnlySpan<byte> tail = _tail.AsSpan(0, _count);
        while (true)
        {
            // A quote inside a string is escaped, so this can only be a member's name.
            int at = tail.LastIndexOf("\"usage\""u8);
            if (at < 0)
                return default;
            ReadOnlySpan<byte> value = tail[(at + 7)..].TrimStart(" \t\r\n:"u8);
            if (TokenUsage.TryRead(value, out TokenUsage usage) && usage.Exists)
                return usage;
            tail = tail[..at];
        }
    }
}
