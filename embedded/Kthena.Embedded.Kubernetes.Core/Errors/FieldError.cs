namespace Kthena.Embedded.Kubernetes.Core.Errors;

/// <summary>One thing that is wrong with one field of an object.</summary>
/// <param name="Field">The field's path, such as <c>spec.replicas</c>.</param>
/// <param name="Reason">The machine word, such as <c>FieldValueInvalid</c>.</param>
/// <param name="Message">The sentence without the field, such as <c>Invalid value: -1: must not be negative</c>.</param>
internal sealed record FieldError(string Field, string Reason, string Message)
{
    public static FieldError Required(string field, string detail = "") =>
        new(field, "FieldValueRequired", detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    public static FieldError Invalid(string field, string value, string detail) =>
        new(field, "FieldValueInvalid", $"Invalid value: {value}: {detail}");

    public static FieldError WrongType(string field, string value, string detail) =>
        new(field, "FieldValueTypeInvalid", $"Invalid value: {value}: {detail}");

    public static FieldError NotSupported(string field, string value, IEnumerable<string> supported) =>
        new(field, "FieldValueNotSupported", $"Unsupported value: {value}: supported values: {string.Join(", ", supported)}");

    public static FieldError Duplicate(string field, string value) =>
        new(field, "FieldValueDuplicate", $"Duplicate value: {value}");

    public static FieldError Forbidden(string field, string detail) =>
        new(field, "FieldValueForbidden", $"Forbidden: {detail}");

    public static FieldError TooLong(string field, long most) =>
        new(field, "FieldValueTooLong", $"Too long: may not be more than {most} bytes");

    public static FieldError TooMany(string field, int actual, long most) =>
        new(field, "FieldValueTooMany", $"Too many: {actual}: must have at most {most} items");

    /// <summary>Field and sentence, as they stand in a Status message.</summary>
    public override string ToString() => $"{Field}: {Message}";
}
