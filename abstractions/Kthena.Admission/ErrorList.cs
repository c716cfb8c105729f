using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Admission;

/// <summary>Collects errors in the order in which they are found.</summary>
internal sealed class ErrorList
{
    private readonly ImmutableArray<AdmissionError>.Builder _errors = ImmutableArray.CreateBuilder<AdmissionError>();

    public void Invalid(string field, string message, JsonElement value = default) =>
        _errors.Add(new AdmissionError(field, AdmissionErrorKind.Invalid, message, value.ValueKind == JsonValueKind.Undefined ? null : value.GetRawText()));

    public void Required(string field, string message) => _errors.Add(new AdmissionError(field, AdmissionErrorKind.Required, message));

    public void Forbidden(string field, string message) => _errors.Add(new AdmissionError(field, AdmissionErrorKind.Forbidden, message));

    /// <summary>Another item is called the same.</summary>
    public void Duplicate(string field, string name) =>
        _errors.Add(new AdmissionError(field, AdmissionErrorKind.Duplicate, JsonReading.Quote(name)));

    public ImmutableArray<AdmissionError> ToImmutable() => _errors.ToImmutable();
}
