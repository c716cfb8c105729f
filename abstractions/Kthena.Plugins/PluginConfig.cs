using System.Collections.Immutable;
using System.Text.Json;
using Kthena.Model;

namespace Kthena.Plugins;

/// <summary>The settings of one plugin of one ModelServing. What is wrong with them is collected, each with its field.</summary>
public sealed class PluginConfig
{
    private readonly ImmutableArray<PluginError>.Builder _errors = ImmutableArray.CreateBuilder<PluginError>();
    private readonly string _path;

    internal PluginConfig(JsonElement json, string path)
    {
        Json = json;
        _path = path;
        if (json.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Object))
            Invalid("", "must be an object");
    }

    /// <summary>The settings as they came; undefined when there are none. They outlive the request.</summary>
    public JsonElement Json { get; }

    internal ImmutableArray<PluginError> Errors => _errors.ToImmutable();

    /// <summary>Says that a setting is wrong.</summary>
    /// <param name="field">The field below the settings, such as <c>env[1].name</c>; empty for the settings as a whole.</param>
    /// <param name="message">What is wrong and what would be right.</param>
    public void Invalid(string field, string message) =>
        _errors.Add(new PluginError(field.Length == 0 ? _path : $"{_path}.{field}", message));

    /// <summary>A text; null when it is absent. One of another type is an error.</summary>
    /// <param name="field">The field.</param>
    public string? Text(string field) => Member(field) switch
    {
        { ValueKind: JsonValueKind.Undefined } => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => Wrong<string>(field, "must be a string"),
    };

    /// <summary>A map of texts, such as labels; empty when it is absent. One of another type is an error.</summary>
    /// <param name="field">The field.</param>
    public LabelSet Texts(string field)
    {
        JsonElement map = Member(field);
        if (map.ValueKind == JsonValueKind.Undefined)
            return LabelSet.Empty;
        if (map.ValueKind != JsonValueKind.Object)
            return Wrong<LabelSet>(field, "must be an object of strings") ?? LabelSet.Empty;
        foreach (JsonProperty pair in map.EnumerateObject().Where(static pair => pair.Value.ValueKind != JsonValueKind.String))
            Invalid($"{field}[{pair.Name}]", "must be a string");
        return LabelSet.From(map.EnumerateObject()
            .Where(static pair => pair.Value.ValueKind == JsonValueKind.String)
            .Select(static pair => KeyValuePair.Create(pair.Name, pair.Value.GetString()!)));
    }

    /// <summary>The items of a list; none when it is absent. Another type is an error.</summary>
    /// <param name="field">The field.</param>
    public ImmutableArray<JsonElement> Items(string field)
    {
        JsonElement list = Member(field);
        if (list.ValueKind == JsonValueKind.Array)
            return [.. list.EnumerateArray()];
        if (list.ValueKind != JsonValueKind.Undefined)
            Invalid(field, "must be a list");
        return [];
    }

    private JsonElement Member(string field) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? value
            : default;

    private T? Wrong<T>(string field, string message)
        where T : class
    {
        Invalid(field, message);
        return null;
    }
}
