using System.Globalization;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Kthena.Router.Scheduling;

/// <summary>Turns one YAML document into JSON, as Kubernetes' tools do: a plain scalar gets the type that it looks like.</summary>
internal static class YamlJson
{
    private const int DepthMax = 64;

    /// <summary>Reads a document; an empty one is <c>null</c>.</summary>
    /// <exception cref="FormatException">The text is no single YAML document, or has aliases or doubled keys.</exception>
    public static JsonElement Read(string yaml)
    {
        using var buffer = new MemoryStream();
        try
        {
            using var text = new StringReader(yaml);
            var parser = new Parser(text);
            parser.Consume<StreamStart>();
            using var json = new Utf8JsonWriter(buffer);
            if (parser.TryConsume<DocumentStart>(out _))
            {
                WriteNode(parser, json, 0);
                parser.Consume<DocumentEnd>();
            }
            else
            {
                json.WriteNullValue();
            }
            if (!parser.TryConsume<StreamEnd>(out _))
                throw new FormatException("must be one document");
        }
        catch (YamlException malformed)
        {
            throw new FormatException($"is not YAML at line {malformed.Start.Line}: {malformed.Message.TrimEnd('.')}", malformed);
        }
        using JsonDocument document = JsonDocument.Parse(buffer.ToArray());
        return document.RootElement.Clone();
    }

    private static void WriteNode(Parser parser, Utf8JsonWriter json, int depth)
    {
        if (depth > DepthMax)
            throw new FormatException($"is nested deeper than {DepthMax}");
        switch (parser.Current)
        {
            case MappingStart:
                WriteMapping(parser, json, depth);
                break;
            case SequenceStart:
                parser.MoveNext();
                json.WriteStartArray();
                while (!parser.TryConsume<SequenceEnd>(out _))
                    WriteNode(parser, json, depth + 1);
                json.WriteEndArray();
                break;
            case Scalar scalar:
                WriteScalar(scalar, json);
                parser.MoveNext();
                break;
            case var other:
                throw new FormatException($"has an alias at line {other?.Start.Line}: write the value there");
        }
    }

    private static void WriteMapping(Parser parser, Utf8JsonWriter json, int depth)
    {
        parser.MoveNext();
        json.WriteStartObject();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (parser.Current is not Scalar key)
                throw new FormatException($"has a key at line {parser.Current?.Start.Line} that is no text");
            if (!keys.Add(key.Value))
                throw new FormatException($"has '{key.Value}' twice, again at line {key.Start.Line}");
            parser.MoveNext();
            json.WritePropertyName(key.Value);
            WriteNode(parser, json, depth + 1);
        }
        json.WriteEndObject();
    }

    private static void WriteScalar(Scalar scalar, Utf8JsonWriter json)
    {
        string text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str")
            json.WriteStringValue(text);
        else if (text is "" or "~" or "null" or "Null" or "NULL")
            json.WriteNullValue();
        else if (text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE")
            json.WriteBooleanValue(text[0] is 't' or 'T');
        else if (text.StartsWith("0x", StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hex))
            json.WriteNumberValue(hex);
        else if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            json.WriteNumberValue(whole);
        else if ((char.IsAsciiDigit(text[^1]) || text[^1] == '.')
            && double.TryParse(text, NumberStyles.Float & ~(NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite), CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number))
            json.WriteNumberValue(number);
        else
            json.WriteStringValue(text);
    }
}
