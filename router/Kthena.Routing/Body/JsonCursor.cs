using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Kthena.Routing.Body;

/// <summary>
/// Walks JSON text (RFC 8259, strict) forward and reports spans. It never throws: the first fault stops it, and
/// <see cref="Fault"/> and <see cref="Position"/> say what and where. It exists beside <c>Utf8JsonReader</c> because
/// that one leaves its vectorised path at the first backslash of a string (a long prompt is one string with many
/// <c>\n</c>) and reports faults by exceptions.
/// </summary>
internal ref struct JsonCursor(ReadOnlySpan<byte> json)
{
    /// <summary>Deeper nesting is refused.</summary>
    public const int DepthMax = 128;

    // What ends the fast run inside a string: its end, an escape, or a control character, which JSON forbids.
    private static readonly SearchValues<byte> StringStops = SearchValues.Create(
    [
        .. Enumerable.Range(0, 0x20).Select(static control => (byte)control), (byte)'"', (byte)'\\',
    ]);

    private readonly ReadOnlySpan<byte> _json = json;
    private int _depth;

    /// <summary>The offset of the next byte.</summary>
    public int Position { get; private set; }

    /// <summary>Why the walk stopped; null while it has not.</summary>
    public string? Fault { get; private set; }

    /// <summary>The next byte that is not white space, or 0 at the end; it is not consumed.</summary>
    public byte Peek()
    {
        int position = Position;
        while ((uint)position < (uint)_json.Length && IsWhiteSpace(_json[position]))
            position++;
        Position = position;
        return position < _json.Length ? _json[position] : (byte)0;
    }

    /// <summary>Whether only white space is left.</summary>
    public bool AtEnd()
    {
        Peek();
        return Position == _json.Length;
    }

    /// <summary>Consumes <paramref name="expected"/>, after white space.</summary>
    public bool Take(byte expected)
    {
        if (Peek() != expected || Position == _json.Length)
            return Fail($"expected '{(char)expected}'");
        Position++;
        return true;
    }

    /// <summary>Consumes an opening brace or bracket; false beyond <see cref="DepthMax"/>.</summary>
    public bool Enter(byte opening)
    {
        if (!Take(opening))
            return false;
        return ++_depth <= DepthMax || Fail($"nested deeper than {DepthMax}");
    }

    /// <summary>
    /// Steps to the next member of the object or array that was entered: consumes the comma, or the closing
    /// character and then returns false. Check <see cref="Fault"/> after the loop.
    /// </summary>
    /// <param name="closing">The closing brace or bracket.</param>
    /// <param name="isFirst">Whether nothing was read yet; false afterwards.</param>
    public bool Next(byte closing, ref bool isFirst)
    {
        if (Fault is not null)
            return false;
        byte next = Peek();
        if (next == closing && Position < _json.Length)
        {
            Position++;
            _depth--;
            return false;
        }
        if (isFirst)
        {
            isFirst = false;
            return true;
        }
        return Take((byte)',');
    }

    /// <summary>Reads a member's name and its colon.</summary>
    public bool Name(out TextSpan name) => String(out name) && Take((byte)':');

    /// <summary>Reads a string; the span is its inside.</summary>
    public bool String(out TextSpan text)
    {
        text = TextSpan.None;
        if (!Take((byte)'"'))
            return false;
        int start = Position;
        int position = start;
        bool isEscaped = false;
        // One look at 32 bytes finds all their stops: a text with many line breaks would else start over at each.
        while (position <= _json.Length - Vector256<byte>.Count)
        {
            int first = position;
            uint stops = Stops(Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(_json), (nuint)first));
            position += Vector256<byte>.Count;
            while (stops != 0)
            {
                int stop = first + BitOperations.TrailingZeroCount(stops);
                if (_json[stop] == (byte)'"')
                    return EndString(start, stop, isEscaped, out text);
                if (!Escape(stop, out int next))
                    return false;
                isEscaped = true;
                position = Math.Max(position, next);
                stops = next - first < Vector256<byte>.Count ? stops & (uint.MaxValue << (next - first)) : 0;
            }
        }
        while (true)
        {
            int run = _json[position..].IndexOfAny(StringStops);
            if (run < 0)
                return FailAt(_json.Length, "a string does not end");
            position += run;
            if (_json[position] == (byte)'"')
                return EndString(start, position, isEscaped, out text);
            if (!Escape(position, out position))
                return false;
            isEscaped = true;
        }
    }

    private bool EndString(int start, int end, bool isEscaped, out TextSpan text)
    {
        Position = end + 1;
        text = new TextSpan(start, end - start, isEscaped);
        return true;
    }

    /// <summary>Steps over the escape at a stop of a string that is not its end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Escape(int stop, out int next)
    {
        next = stop;
        if (_json[stop] != (byte)'\\')
            return FailAt(stop, "a control character inside a string");
        int length = EscapeLength(_json[stop..]);
        next += length;
        return length > 0 || FailAt(stop, "a malformed escape");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Stops(Vector256<byte> text) =>
        (Vector256.Equals(text, Vector256.Create((byte)'"'))
            | Vector256.Equals(text, Vector256.Create((byte)'\\'))
            | Vector256.LessThan(text, Vector256.Create((byte)0x20))).ExtractMostSignificantBits();

    /// <summary>Skips one value of any kind; the span is all of its text.</summary>
    public bool Value(out TextSpan value)
    {
        value = TextSpan.None;
        byte kind = Peek();
        int start = Position;
        bool read = kind switch
        {
            (byte)'"' => String(out _),
            (byte)'{' or (byte)'[' => Container(),
            (byte)'t' => Literal("true"u8),
            (byte)'f' => Literal("false"u8),
            (byte)'n' => Literal("null"u8),
            _ => Number(),
        };
        if (!read)
            return false;
        value = new TextSpan(start, Position - start);
        return true;
    }

    /// <summary>Skips an object or array without recursion; each level's kind is a bit.</summary>
    private bool Container()
    {
        UInt128 isObject = 0;
        int floor = _depth;
        do
        {
            bool opensObject = Peek() == (byte)'{';
            if (!Enter(opensObject ? (byte)'{' : (byte)'['))
                return false;
            isObject = (isObject << 1) | (opensObject ? UInt128.One : UInt128.Zero);
            if (!Inside(ref isObject, floor))
                return false;
        }
        while (_depth > floor);
        return true;
    }

    /// <summary>Reads members until a nested container opens, or until the outermost one has closed.</summary>
    private bool Inside(ref UInt128 isObject, int floor)
    {
        bool isFirst = true;
        while (true)
        {
            bool inObject = (isObject & 1) != 0;
            if (!Next(inObject ? (byte)'}' : (byte)']', ref isFirst))
            {
                if (Fault is not null)
                    return false;
                if (_depth == floor)
                    return true;
                isObject >>= 1;
                isFirst = false;
                continue;
            }
            if (inObject && !Name(out _))
                return false;
            byte kind = Peek();
            if (kind is (byte)'{' or (byte)'[')
                return true;
            if (!Value(out _))
                return false;
        }
    }

    private bool Literal(ReadOnlySpan<byte> literal)
    {
        if (!_json[Position..].StartsWith(literal))
            return Fail("an unknown word");
        Position += literal.Length;
        return true;
    }

    private bool Number()
    {
        int position = Position;
        if (At(position) == (byte)'-')
            position++;
        if (At(position) == (byte)'0')
            position++;
        else if (!Digits(ref position))
            return FailAt(position, "expected a value");
        if (At(position) == (byte)'.')
        {
            position++;
            if (!Digits(ref position))
                return FailAt(position, "a number lacks digits");
        }
        if (At(position) is (byte)'e' or (byte)'E')
        {
            position++;
            if (At(position) is (byte)'+' or (byte)'-')
                position++;
            if (!Digits(ref position))
                return FailAt(position, "a number lacks digits");
        }
        Position = position;
        return true;
    }

    private readonly bool Digits(ref int position)
    {
        int start = position;
        while (At(position) is >= (byte)'0' and <= (byte)'9')
            position++;
        return position > start;
    }

    private readonly byte At(int position) => (uint)position < (uint)_json.Length ? _json[position] : (byte)0;

    /// <summary>The length of the escape that begins the text, or 0 when it is malformed.</summary>
    private static int EscapeLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
            return 0;
        switch (text[1])
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return 2;
            case (byte)'u' when text.Length >= 6:
                return char.IsAsciiHexDigit((char)text[2]) && char.IsAsciiHexDigit((char)text[3])
                    && char.IsAsciiHexDigit((char)text[4]) && char.IsAsciiHexDigit((char)text[5]) ? 6 : 0;
            default:
                return 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWhiteSpace(byte value) => value is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    private bool Fail(string fault) => FailAt(Position, fault);

    private bool FailAt(int position, string fault)
    {
        Position = position;
        Fault ??= fault;
        return false;
    }
}
