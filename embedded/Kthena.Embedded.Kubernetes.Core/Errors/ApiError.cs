using System.Collections.Immutable;
using System.Text.Json;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Errors;

/// <summary>A request that cannot be carried out, with all that the Status object for the client says.</summary>
internal sealed class ApiError : Exception
{
    private ApiError(int code, string reason, string message) : base(message) => (Code, Reason) = (code, reason);

    public int Code { get; }

    public string Reason { get; }

    public string? DetailName { get; init; }

    public string? DetailGroup { get; init; }

    public string? DetailKind { get; init; }

    public ImmutableArray<FieldError> Causes { get; init; } = [];

    public static ApiError NotFound(ResourceKind kind, string name) =>
        About(kind, kind.Plural, name, 404, "NotFound", $"{kind} \"{name}\" not found");

    public static ApiError NoSuchPath() =>
        new(404, "NotFound", "the server could not find the requested resource");

    public static ApiError AlreadyExists(ResourceKind kind, string name) =>
        About(kind, kind.Plural, name, 409, "AlreadyExists", $"{kind} \"{name}\" already exists");

    public static ApiError Conflict(ResourceKind kind, string name, string why) =>
        About(kind, kind.Plural, name, 409, "Conflict", $"Operation cannot be fulfilled on {kind} \"{name}\": {why}");

    public static ApiError Forbidden(ResourceKind kind, string name, string why) =>
        About(kind, kind.Plural, name, 403, "Forbidden", $"{kind} \"{name}\" is forbidden: {why}");

    public static ApiError Invalid(ResourceKind kind, string name, IReadOnlyList<FieldError> errors)
    {
        string all = errors.Count == 1 ? errors[0].ToString() : $"[{string.Join(", ", errors)}]";
        string what = kind.Group.Length == 0 ? kind.Kind : $"{kind.Kind}.{kind.Group}";
        return new ApiError(422, "Invalid", $"{what} \"{name}\" is invalid: {all}")
        {
            DetailName = name,
            DetailGroup = kind.Group,
            DetailKind = kind.Kind,
            Causes = [.. errors],
        };
    }

    /// <summary>An admission rule said no: one line per rule below the first.</summary>
    public static ApiError Denied(ResourceKind kind, string name, string message, IEnumerable<FieldError> causes) =>
        new(400, "BadRequest", message)
        {
            DetailName = name,
            DetailGroup = kind.Group,
            DetailKind = kind.Plural,
            Causes = [.. causes],
        };

    /// <summary>Fields belong to another manager: a cause for each.</summary>
    public static ApiError ApplyConflict(string message, IEnumerable<FieldError> causes) =>
        new(409, "Conflict", message) { Causes = [.. causes] };

    public static ApiError BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiError MethodNotAllowed(string what) =>
        new(405, "MethodNotAllowed", $"the server does not allow this method on the requested resource: {what}");

    public static ApiError NotAcceptable(string message) => new(406, "NotAcceptable", message);

    public static ApiError UnsupportedMediaType(string message) => new(415, "UnsupportedMediaType", message);

    public static ApiError Expired(string message) => new(410, "Expired", message);

    public static ApiError NotImplemented(string message) => new(501, "NotImplemented", message);

    public static ApiError Unavailable(string message) => new(503, "ServiceUnavailable", message);

    public static ApiError Internal(string message) => new(500, "InternalError", message);

    public ApiResponse ToResponse() => ApiResponse.Json(Code, ToStatusJson());

    /// <summary>The Status object, UTF-8.</summary>
    public byte[] ToStatusJson() => Objects.Json.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "Status");
        writer.WriteString("apiVersion", "v1");
        writer.WriteStartObject("metadata");
        writer.WriteEndObject();
        writer.WriteString("status", "Failure");
        writer.WriteString("message", Message);
        writer.WriteString("reason", Reason);
        if (DetailName is not null || Causes.Length > 0)
            WriteDetails(writer);
        writer.WriteNumber("code", Code);
        writer.WriteEndObject();
    });

    private void WriteDetails(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("details");
        if (DetailName is not null)
            writer.WriteString("name", DetailName);
        if (!string.IsNullOrEmpty(DetailGroup))
            writer.WriteString("group", DetailGroup);
        if (DetailKind is not null)
            writer.WriteString("kind", DetailKind);
        if (Causes.Length > 0)
        {
            writer.WriteStartArray("causes");
            foreach (FieldError cause in Causes)
            {
                writer.WriteStartObject();
                writer.WriteString("reason", cause.Reason);
                writer.WriteString("message", cause.Message);
                writer.WriteString("field", cause.Field);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static ApiError About(ResourceKind kind, string detailKind, string name, int code, string reason, string message) =>
        new(code, reason, message) { DetailName = name, DetailGroup = kind.Group, DetailKind = detailKind };
}
