using System.Text.Json;
using System.Text.Json.Serialization;
using Kthena.Model;

namespace Kthena.Router.Tables;

/// <summary>Labels as a JSON object.</summary>
internal sealed class LabelSetJson : JsonConverter<LabelSet>
{
    public override LabelSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        LabelSet.From(JsonSerializer.Deserialize<Dictionary<string, string>>(ref reader, options) ?? []);

    public override void Write(Utf8JsonWriter writer, LabelSet value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach ((string label, string text) in value.Pairs)
            writer.WriteString(label, text);
        writer.WriteEndObject();
    }
}
