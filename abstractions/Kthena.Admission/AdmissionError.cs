namespace Kthena.Admission;

/// <summary>What kind of mistake a field holds; the names are Kubernetes' own.</summary>
public enum AdmissionErrorKind
{
    /// <summary>The value is not allowed.</summary>
    Invalid,

    /// <summary>The field must be set.</summary>
    Required,

    /// <summary>The field may not be set, or may not change, here.</summary>
    Forbidden,

    /// <summary>Another item of the list has the same identity.</summary>
    Duplicate,
}

/// <summary>One thing that is wrong with one field.</summary>
/// <param name="Field">The field's path, such as <c>spec.template.roles[0].name</c>.</param>
/// <param name="Kind">The kind of mistake.</param>
/// <param name="Message">What is wrong and what would be right.</param>
/// <param name="Value">The offending value as JSON; null where the kind has none.</param>
public sealed record AdmissionError(string Field, AdmissionErrorKind Kind, string Message, string? Value = null)
{
    /// <summary>The sentence without the field, in Kubernetes' form: <c>Invalid value: -1: must not be negative</c>.</summary>
    public string Detail => (Kind, Value) switch
    {
        (AdmissionErrorKind.Required, _) => $"Required value: {Message}",
        (AdmissionErrorKind.Forbidden, _) => $"Forbidden: {Message}",
        (AdmissionErrorKind.Duplicate, _) => $"Duplicate value: {Message}",
        (AdmissionErrorKind.Invalid, null) => $"Invalid value: {Message}",
        _ => $"Invalid value: {Value}: {Message}",
    };

    /// <summary>Field and sentence.</summary>
    public override string ToString() => $"{Field}: {Detail}";
}
