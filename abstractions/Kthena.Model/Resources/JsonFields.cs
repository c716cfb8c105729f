using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>Reads fields of an object that may be absent or null; a wrong JSON type is an error that names the field.</summary>
internal static class JsonFields
{
    public static JsonElement Field(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? value
            : default;

    public static string? Text(this JsonElement json, string name)
    {
        JsonElement value = json.Field(name);
        return value.ValueKind switch
        {
            JsonValueKind.Undefined => null,
            JsonValueKind.String => value.GetString(),
            _ => throw WrongType(name, "a string", value),
        };
    }

    public static bool? Boolean(this JsonElement json, string name)
    {
        JsonElement value = json.Field(name);
        return value.ValueKind switch
        {
            JsonValueKind.Undefined => null,
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw WrongType(name, "a boolean", value),
        };
    }

    public static int? Int32(this JsonElement json, string name) => (int?)json.Int64(name);

    public static long? Int64(this JsonElement json, string name)
    {
        JsonElement value = json.Field(name);
        if (value.ValueKind == JsonValueKind.Undefined)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
            ? number
            : throw WrongType(name, "an integer", value);
    }

    public static DateTimeOffset? Instant(this JsonElement json, string name)
    {
        string? text = json.Text(name);
        if (text is null)
            return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset instant)
            ? instant
            : throw new FormatException($"Field '{name}' is not an RFC 3339 time.");
    }

    public static LabelSet Labels(this JsonElement json, string name)
    {
        JsonElement value = json.Field(name);
        if (value.ValueKind == JsonValueKind.Undefined)
            return LabelSet.Empty;
        if (value.ValueKind != JsonValueKind.Object)
            throw WrongType(name, "an object of strings", value);
        return LabelSet.From(value.EnumerateObject().Select(static pair =>
            KeyValuePair.Create(pair.Name, pair.Value.ValueKind == JsonValueKind.String
                ? pair.Value.GetString()!
                : throw WrongType(pair.Name, "a string", pair.Value))));
    }

    public static ImmutableArray<T> Items<T>(this JsonElement json, string name, Func<JsonElement, T> parse)
    {
        JsonElement value = json.Field(name);
        if (value.ValueKind == JsonValueKind.Undefined)
            return [];
        if (value.ValueKind != JsonValueKind.Array)
            throw WrongType(name, "a list", value);
        return [.. value.EnumerateArray().Select(parse)];
    }

    public static ImmutableArray<string> Texts(this JsonElement json, string name) =>
        json.Items(name, element => element.ValueKind == JsonValueKind.String
            ? element.GetString()!
            : throw WrongType(name, "a list of strings", element));

    /// <summary>An integer or a percentage, as Kubernetes' IntOrString; null when absent.</summary>
    public static IntOrPercent? IntOrPercentage(this JsonElement json, string name)
    {
        JsonElement value = json.Field(name);
        return value.ValueKind switch
        {
            JsonValueKind.Undefined => null,
            JsonValueKind.Number when value.TryGetInt32(out int number) => IntOrPercent.FromInt(number),
            JsonValueKind.String => IntOrPercent.Parse(value.GetString()!),
            _ => throw WrongType(name, "an integer or a percentage", value),
        };
    }

    private static FormatException WrongType(string name, string wanted, JsonElement value) =>
        new($"Field '{name}' must be {wanted}, not {value.ValueKind}.");
}
