using System.Buffers;
using System.Text;

namespace Kthena.Embedded.Kubernetes.Core.Protobuf;

/// <summary>Writes one protobuf message of texts and nested messages.</summary>
internal sealed class ProtobufWriter
{
    private const int LengthDelimited = 2;

    private readonly ArrayBufferWriter<byte> _buffer = new();

    public ProtobufWriter Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public ProtobufWriter Message(int field, Action<ProtobufWriter> write)
    {
        var inner = new ProtobufWriter();
        write(inner);
        return Bytes(field, inner._buffer.WrittenSpan);
    }

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    private ProtobufWriter Bytes(int field, ReadOnlySpan<byte> content)
    {
        Varint((uint)((field << 3) | LengthDelimited));
        Varint((uint)content.Length);
        _buffer.Write(content);
        return this;
    }

    private void Varint(uint value)
    {
        Span<byte> bytes = _buffer.GetSpan(5);
        int at = 0;
        for (; value >= 0x80; value >>= 7)
            bytes[at++] = (byte)(value | 0x80);
        bytes[at++] = (byte)value;
        _buffer.Advance(at);
    }
}
