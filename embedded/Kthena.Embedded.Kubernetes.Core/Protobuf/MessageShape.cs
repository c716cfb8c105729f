using System.Text.Json.Nodes;

namespace Kthena.Embedded.Kubernetes.Core.Protobuf;

/// <summary>The fields of a protobuf message that are read; others are passed over.</summary>
/// <param name="fields">The fields.</param>
internal sealed class MessageShape(params MessageField[] fields)
{
    /// <summary>Decodes a message.</summary>
    /// <exception cref="Errors.ApiError">The message is malformed.</exception>
    public JsonObject Read(ReadOnlySpan<byte> message)
    {
        var json = new JsonObject();
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            int number = reader.Field;
            if (Array.Find(fields, field => field.Number == number) is { } known)
                Add(json, known, reader);
        }
        return json;
    }

    private static void Add(JsonObject json, MessageField field, ProtobufReader value)
    {
        switch (field.Form)
        {
            case FieldForm.Text when !value.Bytes.IsEmpty:
                json[field.Name] = value.Text;
                break;
            case FieldForm.Number:
                json[field.Name] = (long)value.Number;
                break;
            case FieldForm.Truth:
                json[field.Name] = value.Number != 0;
                break;
            case FieldForm.Message:
                json[field.Name] = field.Shape!.Read(value.Bytes);
                break;
            case FieldForm.TextList:
                List(json, field.Name).Add(value.Text);
                break;
            case FieldForm.MessageList:
                List(json, field.Name).Add((JsonNode)field.Shape!.Read(value.Bytes));
                break;
            case FieldForm.TextMap or FieldForm.BinaryMap:
                AddPair(Map(json, field.Name), value.Bytes, isBinary: field.Form == FieldForm.BinaryMap);
                break;
        }
    }

    private static void AddPair(JsonObject map, ReadOnlySpan<byte> pair, bool isBinary)
    {
        string key = "", value = "";
        var reader = new ProtobufReader(pair);
        while (reader.Read())
        {
            if (reader.Field == 1)
                key = reader.Text;
            else if (reader.Field == 2)
                value = isBinary ? Convert.ToBase64String(reader.Bytes) : reader.Text;
        }
        map[key] = value;
    }

    private static JsonArray List(JsonObject json, string name)
    {
        if (json[name] is not JsonArray list)
            json[name] = list = [];
        return list;
    }

    private static JsonObject Map(JsonObject json, string name)
    {
        if (json[name] is not JsonObject map)
            json[name] = map = [];
        return map;
    }
}
