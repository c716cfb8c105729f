using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Schemas;

/// <summary>Checks a value against a schema and collects every error, in the API server's wording.</summary>
internal static class SchemaValidator
{
    public static void Validate(JsonNode? node, StructuralSchema schema, string path, ICollection<FieldError> errors)
    {
        if (node is null)
        {
            if (!schema.IsNullable && path.Length > 0 && (schema.Type is not null || schema.IsIntOrString))
                errors.Add(WrongType(path, "null", schema.IsIntOrString ? "integer,string" : schema.Type!));
            return;
        }
        if (!HasType(node, schema))
        {
            string actual = TypeName(node);
            errors.Add(WrongType(path, actual, schema.IsIntOrString ? "integer,string" : schema.Type!));
            return;
        }
        CheckCombinations(node, schema, path, errors);
        if (schema.Enum.Length > 0 && !schema.Enum.Any(allowed => JsonNode.DeepEquals(allowed, node)))
            errors.Add(FieldError.NotSupported(path, Json.Text(node), schema.Enum.Select(static allowed => Json.Text(allowed))));
        switch (node)
        {
            case JsonObject json:
                ValidateObject(json, schema, path, errors);
                break;
            case JsonArray array:
                ValidateArray(array, schema, path, errors);
                break;
            default:
                ValidateValue(node, schema, path, errors);
                break;
        }
    }

    private static bool HasType(JsonNode node, StructuralSchema schema)
    {
        JsonValueKind kind = node.GetValueKind();
        if (schema.IsIntOrString)
            return kind == JsonValueKind.String || (kind == JsonValueKind.Number && node.AsInt64() is not null);
        return schema.Type switch
        {
            null => true,
            "object" => kind == JsonValueKind.Object,
            "array" => kind == JsonValueKind.Array,
            "string" => kind == JsonValueKind.String,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            "number" => kind == JsonValueKind.Number,
            "integer" => kind == JsonValueKind.Number && IsWhole(node),
            _ => true,
        };
    }

    private static bool IsWhole(JsonNode node) =>
        node.AsInt64() is not null
        || (double.TryParse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && Math.Floor(number) == number);

    private static void ValidateObject(JsonObject json, StructuralSchema schema, string path, ICollection<FieldError> errors)
    {
        foreach (string name in schema.Required)
        {
            if (!json.ContainsKey(name))
                errors.Add(FieldError.Required(Join(path, name)));
        }
        if (json.Count > schema.MaxProperties)
            errors.Add(FieldError.TooMany(path, json.Count, schema.MaxProperties.Value));
        if (json.Count < schema.MinProperties)
            errors.Add(FieldError.Invalid(path, json.Count.ToString(CultureInfo.InvariantCulture), $"{path} in body should have at least {schema.MinProperties} properties"));
        foreach ((string name, JsonNode? value) in json)
        {
            if (path.Length == 0 && name == "metadata")
                continue;
            if (schema.Member(name) is { } member)
                Validate(value, member, Join(path, name), errors);
        }
    }

    private static void ValidateArray(JsonArray array, StructuralSchema schema, string path, ICollection<FieldError> errors)
    {
        if (array.Count > schema.MaxItems)
            errors.Add(FieldError.TooMany(path, array.Count, schema.MaxItems.Value));
        if (array.Count < schema.MinItems)
            errors.Add(FieldError.Invalid(path, array.Count.ToString(CultureInfo.InvariantCulture), $"{path} in body should have at least {schema.MinItems} items"));
        if (schema.Items is { } items)
        {
            for (int at = 0; at < array.Count; at++)
                Validate(array[at], items, $"{path}[{at}]", errors);
        }
        if (schema.ListType is "map" or "set")
            CheckUnique(array, schema, path, errors);
    }

    private static void CheckUnique(JsonArray array, StructuralSchema schema, string path, ICollection<FieldError> errors)
    {
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        for (int at = 0; at < array.Count; at++)
        {
            string identity = schema.ListType == "set" ? Json.Text(array[at]) : MapKey(array[at], schema);
            if (!seen.Add(identity))
                errors.Add(FieldError.Duplicate($"{path}[{at}]", identity));
        }
    }

    private static string MapKey(JsonNode? item, StructuralSchema schema)
    {
        var keys = new JsonObject();
        foreach (string name in schema.ListMapKeys)
        {
            if (item is JsonObject json && json.TryGetPropertyValue(name, out JsonNode? value))
                keys[name] = value?.DeepClone();
        }
        return Json.Text(keys);
    }

    private static void ValidateValue(JsonNode node, StructuralSchema schema, string path, ICollection<FieldError> errors)
    {
        if (node.AsText() is { } text)
            ValidateText(text, schema, path, errors);
        else if (node.GetValueKind() == JsonValueKind.Number)
            ValidateNumber(node, schema, path, errors);
    }

    private static void ValidateText(string text, StructuralSchema schema, string path, ICollection<FieldError> errors)
    {
        int length = new StringInfo(text).LengthInTextElements;
        string quoted = Json.Text(text);
        if (length > schema.MaxLength)
            errors.Add(FieldError.TooLong(path, schema.MaxLength.Value));
        if (length < schema.MinLength)
            errors.Add(FieldError.Invalid(path, quoted, $"{path} in body should be at least {schema.MinLength} chars long"));
        if (schema.Pattern is { } pattern && !pattern.IsMatch(text))
            errors.Add(FieldError.Invalid(path, quoted, $"{path} in body should match '{schema.PatternText}'"));
        if (schema.Format == "date-time" && !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
            errors.Add(FieldError.Invalid(path, quoted, $"{path} in body must be of type date-time: {quoted}"));
        if (schema.Format == "byte" && !Convert.TryFromBase64String(text, new byte[Encoding.UTF8.GetByteCount(text)], out _))
            errors.Add(FieldError.Invalid(path, quoted, $"{path} in body must be of type byte: {quoted}"));
    }

    private static void ValidateNumber(JsonNode node, StructuralSchema schema, string path, ICollection<FieldError> errors)
    {
        string text = node.ToJsonString();
        double number = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (schema.Format == "int32" && number is < int.MinValue or > int.MaxValue)
            errors.Add(FieldError.Invalid(path, text, $"{path} in body must be of type int32: {text}"));
        if (schema.Minimum is { } least && (schema.IsMinimumExclusive ? number <= least : number < least))
        {
            string relation = schema.IsMinimumExclusive ? "greater than" : "greater than or equal to";
            errors.Add(FieldError.Invalid(path, text, $"{path} in body should be {relation} {Plain(least)}"));
        }
        if (schema.Maximum is { } most && (schema.IsMaximumExclusive ? number >= most : number > most))
        {
            string relation = schema.IsMaximumExclusive ? "less than" : "less than or equal to";
            errors.Add(FieldError.Invalid(path, text, $"{path} in body should be {relation} {Plain(most)}"));
        }
    }

    private static void CheckCombinations(JsonNode node, StructuralSchema schema, string path, ICollection<FieldError> errors)
    {
        foreach (StructuralSchema all in schema.AllOf)
            Validate(node, all, path, errors);
        if (schema.AnyOf.Length > 0 && !schema.IsIntOrString && !schema.AnyOf.Any(any => IsValid(node, any, path)))
            errors.Add(FieldError.Invalid(path, Json.Text(node), $"{path} in body must validate at least one schema (anyOf)"));
        if (schema.OneOf.Length > 0 && schema.OneOf.Count(one => IsValid(node, one, path)) != 1)
            errors.Add(FieldError.Invalid(path, Json.Text(node), $"{path} in body must validate one and only one schema (oneOf)"));
        if (schema.Not is { } not && IsValid(node, not, path))
            errors.Add(FieldError.Invalid(path, Json.Text(node), $"{path} in body must not validate the schema (not)"));
    }

    private static bool IsValid(JsonNode node, StructuralSchema schema, string path)
    {
        var found = new List<FieldError>();
        Validate(node, schema, path, found);
        return found.Count == 0;
    }

    private static FieldError WrongType(string path, string actual, string wanted) =>
        FieldError.WrongType(path, $"\"{actual}\"", $"{path} in body must be of type {wanted}: \"{actual}\"");

    private static string TypeName(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => IsWhole(node) ? "integer" : "number",
        _ => "null",
    };

    private static string Plain(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
