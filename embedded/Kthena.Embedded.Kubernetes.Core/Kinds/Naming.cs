using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Kinds;

/// <summary>The rules for names, labels and annotations that hold for every kind.</summary>
internal static class Naming
{
    public const string LabelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";

    private const string SubdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

    private const int LabelLengthMost = 63;
    private const int SubdomainLengthMost = 253;
    private const int AnnotationsBytesMost = 256 * 1024;

    public static bool IsDnsLabel(string text) => text.Length is > 0 and <= LabelLengthMost && !text.Contains('.', StringComparison.Ordinal) && IsSubdomain(text);

    public static bool IsSubdomain(string text) =>
        text.Length is > 0 and <= SubdomainLengthMost && text.Split('.').All(static part =>
            part.Length > 0 && char.IsAsciiLetterOrDigit(part[0]) && char.IsAsciiLetterOrDigit(part[^1])
            && part.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-'));

    /// <summary>Collects what is wrong with an object's metadata.</summary>
    public static void Validate(JsonObject json, ApiKind kind, ICollection<FieldError> errors)
    {
        JsonObject metadata = json.EnsureObject("metadata");
        string name = metadata.String("name") ?? "";
        if (kind.Rules.NamesAreLabels ? !IsDnsLabel(name) : !IsSubdomain(name))
            errors.Add(FieldError.Invalid("metadata.name", Json.Text(name), kind.Rules.NamesAreLabels ? LabelRule : SubdomainRule));
        ValidateLabels(metadata, errors);
        ValidateAnnotations(metadata, errors);
        ValidateOwners(metadata, errors);
        if (metadata.ContainsKey("finalizers") && metadata["finalizers"] is not JsonArray)
            errors.Add(FieldError.WrongType("metadata.finalizers", Json.Text(metadata["finalizers"]), "must be a list of strings"));
    }

    private static void ValidateLabels(JsonObject metadata, ICollection<FieldError> errors)
    {
        if (!metadata.TryGetPropertyValue("labels", out JsonNode? labels) || labels is null)
            return;
        if (labels is not JsonObject pairs)
        {
            errors.Add(FieldError.WrongType("metadata.labels", Json.Text(labels), "must be an object of strings"));
            return;
        }
        foreach ((string key, JsonNode? value) in pairs)
        {
            if (!IsQualifiedName(key))
                errors.Add(FieldError.Invalid("metadata.labels", Json.Text(key), QualifiedRule));
            if (value.AsText() is not { } text)
                errors.Add(FieldError.WrongType($"metadata.labels[{key}]", Json.Text(value), "must be a string"));
            else if (!IsLabelValue(text))
                errors.Add(FieldError.Invalid("metadata.labels", Json.Text(text), ValueRule));
        }
    }

    private static void ValidateAnnotations(JsonObject metadata, ICollection<FieldError> errors)
    {
        if (!metadata.TryGetPropertyValue("annotations", out JsonNode? annotations) || annotations is null)
            return;
        if (annotations is not JsonObject pairs)
        {
            errors.Add(FieldError.WrongType("metadata.annotations", Json.Text(annotations), "must be an object of strings"));
            return;
        }
        long total = 0;
        foreach ((string key, JsonNode? value) in pairs)
        {
            if (value.AsText() is not { } text)
                errors.Add(FieldError.WrongType($"metadata.annotations[{key}]", Json.Text(value), "must be a string"));
            else
                total += key.Length + text.Length;
        }
        if (total > AnnotationsBytesMost)
            errors.Add(FieldError.TooLong("metadata.annotations", AnnotationsBytesMost));
    }

    private static void ValidateOwners(JsonObject metadata, ICollection<FieldError> errors)
    {
        JsonArray? owners = metadata.Array("ownerReferences");
        int controllers = 0;
        for (int at = 0; at < (owners?.Count ?? 0); at++)
        {
            foreach (string name in (string[])["apiVersion", "kind", "name", "uid"])
            {
                if (string.IsNullOrEmpty(owners![at].String(name)))
                    errors.Add(FieldError.Invalid($"metadata.ownerReferences[{at}].{name}", "\"\"", "must not be empty"));
            }
            controllers += owners![at].Boolean("controller") == true ? 1 : 0;
        }
        if (controllers > 1)
            errors.Add(FieldError.Invalid("metadata.ownerReferences", Json.Text(owners), "only one reference can have controller set to true"));
    }

    private const string QualifiedRule =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, with an optional DNS subdomain prefix and '/'";

    private const string ValueRule =
        "a valid label must be an empty string or consist of at most 63 alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

    private static bool IsQualifiedName(string key)
    {
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash < 0
            ? key.Length > 0 && IsLabelValue(key)
            : IsSubdomain(key[..slash]) && slash + 1 < key.Length && IsLabelValue(key[(slash + 1)..]);
    }

    private static bool IsLabelValue(string text) =>
        text.Length == 0 || (text.Length <= LabelLengthMost && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
            && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'));
}
