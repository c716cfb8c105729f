using System.Buffers;
using Kthena.Router.Picking;
using Kthena.Routing.Accounting;

namespace Kthena.Router.Forwarding;

/// <summary>Looks at an answer as it passes, and may hold parts of it back.</summary>
internal interface IResponseTap
{
    /// <summary>Whether nothing is held back any more.</summary>
    bool IsDrained { get; }

    /// <summary>Hands out what was passed but did not fit.</summary>
    int TakeWaiting(Span<byte> target);

    /// <summary>Looks at what was read; 0 bytes are the end.</summary>
    /// <param name="buffer">The reader's whole buffer: what was read is at its front, and there goes what is passed on.</param>
    /// <param name="read">How much was read.</param>
    /// <returns>How much is passed on.</returns>
    int Pass(Span<byte> buffer, int read);
}

/// <summary>Keeps the end of an answer that is one JSON object.</summary>
internal sealed class JsonTap(UsageTail usage) : IResponseTap
{
    public bool IsDrained => true;

    public int TakeWaiting(Span<byte> target) => 0;

    public int Pass(Span<byte> buffer, int read)
    {
        usage.Observe(buffer[..read]);
        return read;
    }
}

/// <summary>Reads the events of a stream; withholding takes a copy of each line, only looking does not.</summary>
internal sealed class SseTap(SseUsage usage, bool withholds, AttemptLoad load) : IResponseTap
{
    private readonly ArrayBufferWriter<byte>? _passed = withholds ? new ArrayBufferWriter<byte>(1024) : null;
    private int _taken;

    public bool IsDrained => _passed is null || _taken == _passed.WrittenCount;

    public int TakeWaiting(Span<byte> target)
    {
        if (_passed is null || _taken == _passed.WrittenCount)
            return 0;
        ReadOnlySpan<byte> waiting = _passed.WrittenSpan[_taken..];
        int count = Math.Min(waiting.Length, target.Length);
        waiting[..count].CopyTo(target);
        _taken += count;
        if (_taken == _passed.WrittenCount)
        {
            _passed.ResetWrittenCount();
            _taken = 0;
        }
        return count;
    }

    public int Pass(Span<byte> buffer, int read)
    {
        if (read == 0)
        {
            usage.Finish(_passed);
        }
        else
        {
            load.FirstToken();
            usage.Pass(buffer[..read], _passed);
        }
        return _passed is null ? read : TakeWaiting(buffer);
    }
}
