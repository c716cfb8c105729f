using System.Buffers;
using Kthena.Routing.Body;

namespace Kthena.Routing.Accounting;

/// <summary>
/// Reads the usage out of a stream of server-sent events as it passes, and can withhold the event that tells of nothing
/// else: a client that did not ask for it must not see it.
/// </summary>
/// <param name="withholdsUsage">Whether an event with usage and without choices is withheld.</param>
public sealed class SseUsage(bool withholdsUsage)
{
    /// <summary>A longer line passes unread.</summary>
    public const int LineBytesMax = 256 * 1024;

    private readonly ArrayBufferWriter<byte> _partial = new(512);
    private bool _skipsBlankLine;
    private bool _isOverlong;

    /// <summary>The last usage that the stream told of.</summary>
    public TokenUsage Usage { get; private set; }

    /// <summary>How many events with data passed: about as many tokens, where the stream ended before it told.</summary>
    public long Events { get; private set; }

    /// <summary>Passes the next bytes on.</summary>
    /// <param name="bytes">The bytes, in order.</param>
    /// <param name="output">
    /// Receives whole lines as soon as they are whole, but those withheld; null when nothing can be withheld and the caller passes
    /// the bytes on itself.
    /// </param>
    public void Pass(ReadOnlySpan<byte> bytes, IBufferWriter<byte>? output)
    {
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            if (end < 0)
            {
                Keep(bytes, output);
                return;
            }
            ReadOnlySpan<byte> line = bytes[..(end + 1)];
            bytes = bytes[(end + 1)..];
            if (_isOverlong)
            {
                _isOverlong = false;
                output?.Write(line);
            }
            else if (_partial.WrittenCount == 0)
            {
                Line(line, output);
            }
            else
            {
                _partial.Write(line);
                Line(_partial.WrittenSpan, output);
                _partial.ResetWrittenCount();
            }
        }
    }

    /// <summary>Passes on what is left when the stream has ended: a line without an end.</summary>
    /// <param name="output">As in <see cref="Pass"/>.</param>
    public void Finish(IBufferWriter<byte>? output)
    {
        if (_partial.WrittenCount > 0)
            Line(_partial.WrittenSpan, output);
        _partial.ResetWrittenCount();
    }

    private void Keep(ReadOnlySpan<byte> start, IBufferWriter<byte>? output)
    {
        if (!_isOverlong && _partial.WrittenCount + start.Length <= LineBytesMax)
        {
            _partial.Write(start);
            return;
        }
        _isOverlong = true;
        if (_partial.WrittenCount > 0)
            output?.Write(_partial.WrittenSpan);
        _partial.ResetWrittenCount();
        output?.Write(start);
    }

    private void Line(ReadOnlySpan<byte> line, IBufferWriter<byte>? output)
    {
        ReadOnlySpan<byte> content = line.TrimEnd("\r\n"u8);
        if (_skipsBlankLine && content.IsEmpty)
        {
            _skipsBlankLine = false;
            return;
        }
        _skipsBlankLine = false;
        if (!content.StartsWith("data:"u8))
        {
            output?.Write(line);
            return;
        }
        Events++;
        if (content.IndexOf("\"usage\""u8) >= 0 && TryEvent(content[5..], out bool hasOnlyUsage)
            && hasOnlyUsage && withholdsUsage)
        {
            _skipsBlankLine = true;
            return;
        }
        output?.Write(line);
    }

    private bool TryEvent(ReadOnlySpan<byte> json, out bool hasOnlyUsage)
    {
        var cursor = new JsonCursor(json);
        TokenUsage usage = default;
        bool hasChoices = false;
        bool isFirst = true;
        hasOnlyUsage = false;
        if (cursor.Peek() != (byte)'{' || !cursor.Enter((byte)'{'))
            return false;
        while (cursor.Next((byte)'}', ref isFirst) && cursor.Name(out TextSpan name))
        {
            ReadOnlySpan<byte> key = name.In(json);
            if (key.SequenceEqual("usage"u8) && cursor.Peek() == (byte)'{')
            {
                TokenUsage.TryRead(json, ref cursor, out usage);
                continue;
            }
            bool isNested = key.SequenceEqual("response"u8) || key.SequenceEqual("message"u8);
            bool isChoices = key.SequenceEqual("choices"u8);
            if (!cursor.Value(out TextSpan value))
                return false;
            if (isNested)
                usage = Nested(value.In(json), usage);
            if (isChoices)
                hasChoices = !value.In(json)[1..].TrimStart(" \t"u8).StartsWith("]"u8);
        }
        if (cursor.Fault is not null || !usage.Exists)
            return false;
        // Messages-style streams tell of input first and of output later.
        Usage = new TokenUsage(Math.Max(Usage.InputTokens, usage.InputTokens), Math.Max(Usage.OutputTokens, usage.OutputTokens));
        hasOnlyUsage = !hasChoices;
        return true;
    }

    /// <summary>The usage inside a responses-style or messages-style event.</summary>
    private static TokenUsage Nested(ReadOnlySpan<byte> json, TokenUsage otherwise)
    {
        int at = json.LastIndexOf("\"usage\""u8);
        return at >= 0 && TokenUsage.TryRead(json[(at + 7)..].TrimStart(" :"u8), out TokenUsage usage) ? usage : otherwise;
    }
}
