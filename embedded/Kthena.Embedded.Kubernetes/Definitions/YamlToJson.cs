using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Kthena.Embedded.Kubernetes.Definitions;

/// <summary>Turns YAML documents into JSON as kubectl does: plain scalars get the type that they look like.</summary>
public static partial class YamlToJson
{
    /// <summary>Converts every document of a stream; empty documents are left out.</summary>
    /// <param name="yaml">The text.</param>
    /// <returns>One UTF-8 JSON value for each document.</returns>
    /// <exception cref="FormatException">The text is not YAML, or uses anchors, which are not read here.</exception>
    public static IReadOnlyList<byte[]> Convert(string yaml)
    {
        var documents = new List<byte[]>();
        try
        {
            using var text = new StringReader(yaml);
            var parser = new Parser(text);
            parser.Consume<StreamStart>();
            while (parser.TryConsume<DocumentStart>(out _))
            {
                using var buffer = new MemoryStream();
                using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
                    WriteNode(parser, writer);
                parser.Consume<DocumentEnd>();
                if (!buffer.ToArray().AsSpan().SequenceEqual("null"u8))
                    documents.Add(buffer.ToArray());
            }
        }
        catch (YamlException malformed)
        {
            throw new FormatException($"The text is not valid YAML: {malformed.Message}", malformed);
        }
        return documents;
    }

    private static void WriteNode(Parser parser, Utf8JsonWriter writer)
    {
        if (parser.TryConsume<MappingStart>(out _))
        {
            writer.WriteStartObject();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                writer.WritePropertyName(parser.Consume<Scalar>().Value);
                WriteNode(parser, writer);
            }
            writer.WriteEndObject();
        }
        else if (parser.TryConsume<SequenceStart>(out _))
        {
            writer.WriteStartArray();
            while (!parser.TryConsume<SequenceEnd>(out _))
                WriteNode(parser, writer);
            writer.WriteEndArray();
        }
        else if (parser.Accept<Scalar>(out _))
        {
            WriteScalar(parser.Consume<Scalar>(), writer);
        }
        else
        {
            throw new FormatException($"Line {parser.Current?.Start.Line}: anchors and aliases are not read here.");
        }
    }

    private static void WriteScalar(Scalar scalar, Utf8JsonWriter writer)
    {
        string text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str")
            writer.WriteStringValue(text);
        else if (text is "" or "~" or "null" or "Null" or "NULL")
            writer.WriteNullValue();
        else if (text is "true" or "True" or "TRUE")
            writer.WriteBooleanValue(true);
        else if (text is "false" or "False" or "FALSE")
            writer.WriteBooleanValue(false);
        else if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            writer.WriteNumberValue(whole);
        else if (Decimal().IsMatch(text))
            writer.WriteNumberValue(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
        else
            writer.WriteStringValue(text);
    }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Decimal();
}
