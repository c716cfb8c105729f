using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Kthena.Router.Tests.Tracing;

/// <summary>A span as OTLP's ExportTraceServiceRequest has it.</summary>
internal sealed record OtlpSpan(
    string Service, string Scope, string TraceId, string SpanId, string ParentId, string Name, int Kind, ulong Start, ulong End, int Status,
    Dictionary<string, string> Tags)
{
    /// <summary>Reads an export request: resource spans (1), scope spans (2), spans (2).</summary>
    public static IEnumerable<OtlpSpan> ReadAll(byte[] request)
    {
        foreach ((_, byte[] resourceSpans) in Messages(request, 1))
        {
            byte[] resource = Messages(resourceSpans, 1).Single().Value;
            string service = Tags1(resource, 1).GetValueOrDefault("service.name", "");
            foreach ((_, byte[] scopeSpans) in Messages(resourceSpans, 2))
            {
                string scope = Encoding.UTF8.GetString(Messages(Messages(scopeSpans, 1).Single().Value, 1).Single().Value);
                foreach ((_, byte[] span) in Messages(scopeSpans, 2))
                    yield return Read(service, scope, span);
            }
        }
    }

    private static OtlpSpan Read(string service, string scope, byte[] span)
    {
        Dictionary<int, object> fields = Fields(span).GroupBy(static f => f.Number).ToDictionary(static g => g.Key, static g => g.Last().Value);
        byte[] status = fields.TryGetValue(15, out object? found) ? (byte[])found : [];
        return new OtlpSpan(
            service,
            scope,
            Hex(1),
            Hex(2),
            Hex(4),
            Encoding.UTF8.GetString((byte[])fields[5]),
            (int)(ulong)fields[6],
            (ulong)fields[7],
            (ulong)fields[8],
            (int)Fields(status).Where(static f => f.Number == 3).Select(static f => (ulong)f.Value).FirstOrDefault(),
            Tags1(span, 9));

        string Hex(int number) => fields.TryGetValue(number, out object? value) ? Convert.ToHexStringLower((byte[])value) : "";
    }

    private static Dictionary<string, string> Tags1(byte[] message, int number)
    {
        var tags = new Dictionary<string, string>();
        foreach ((_, byte[] pair) in Messages(message, number))
        {
            string key = Encoding.UTF8.GetString(Messages(pair, 1).Single().Value);
            (int kind, object value) = Fields(Messages(pair, 2).Single().Value).FirstOrDefault();
            tags[key] = kind switch
            {
                1 => Encoding.UTF8.GetString((byte[])value),
                2 => (ulong)value == 1 ? "true" : "false",
                4 => BitConverter.UInt64BitsToDouble((ulong)value).ToString(CultureInfo.InvariantCulture),
                3 => ((long)(ulong)value).ToString(CultureInfo.InvariantCulture),
                _ => "",
            };
        }
        return tags;
    }

    private static IEnumerable<(int Number, byte[] Value)> Messages(byte[] message, int number) =>
        Fields(message).Where(field => field.Number == number).Select(static field => (field.Number, (byte[])field.Value));

    private static List<(int Number, object Value)> Fields(byte[] message)
    {
        var fields = new List<(int, object)>();
        for (int at = 0; at < message.Length;)
        {
            ulong tag = Varint(message, ref at);
            int number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    fields.Add((number, Varint(message, ref at)));
                    break;
                case 1:
                    fields.Add((number, BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at))));
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(message, ref at);
                    fields.Add((number, message[at..(at + length)]));
                    at += length;
                    break;
                case 5:
                    fields.Add((number, (ulong)BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at))));
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7}");
            }
        }
        return fields;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }
}
