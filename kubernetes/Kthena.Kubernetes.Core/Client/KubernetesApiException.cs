using System.Text;
using System.Text.Json;

namespace Kthena.Kubernetes.Core;

/// <summary>The API server answered with an error status.</summary>
public sealed class KubernetesApiException : KubernetesException
{
    private const int QuotedLength = 200;

    private KubernetesApiException(string message, int statusCode, string reason, string statusMessage, TimeSpan? retryAfter)
        : base(message, inner: null)
    {
        StatusCode = statusCode;
        Reason = reason;
        StatusMessage = statusMessage;
        RetryAfter = retryAfter;
    }

    /// <summary>The HTTP status, or the code of a watch's error event.</summary>
    public int StatusCode { get; }

    /// <summary>The Status object's reason, such as <c>Conflict</c>; empty when the body was no Status.</summary>
    public string Reason { get; }

    /// <summary>The Status object's message, or the beginning of a body that was no Status.</summary>
    public string StatusMessage { get; }

    /// <summary>How long the server asks to wait; null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Whether the object changed since the version that the request named, or its UID is another.</summary>
    public bool IsConflict =>
        (StatusCode == 409 && Reason != "AlreadyExists")
        || (StatusCode == 422 && StatusMessage.Contains("metadata.uid", StringComparison.Ordinal));

    /// <summary>Whether an object of that name is already there.</summary>
    public bool IsAlreadyExists => StatusCode == 409 && Reason == "AlreadyExists";

    /// <summary>Whether the object or the resource type is not there.</summary>
    public bool IsNotFound => StatusCode == 404;

    /// <summary>Whether the named version is no longer kept: list again.</summary>
    public bool IsGone => StatusCode == 410 || Reason is "Expired" or "Gone";

    /// <summary>Whether the server refused the request unread because it is busy; see <see cref="RetryAfter"/>.</summary>
    public bool IsTooManyRequests => StatusCode == 429;

    /// <summary>Whether the credentials are missing, wrong or too weak.</summary>
    public bool IsForbidden => StatusCode is 401 or 403;

    /// <summary>Whether the object broke a rule of its kind.</summary>
    public bool IsInvalid => StatusCode == 422;

    /// <summary>Reads an answer with an error status.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="response">The answer.</param>
    public static KubernetesApiException From(KubernetesRequest request, KubernetesResponse response)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(response.Body);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return FromStatus(request.ToString(), document.RootElement, response.StatusCode, response.RetryAfter);
        }
        catch (JsonException)
        {
            // A proxy's page or an empty body: quoted below.
        }
        string text = Encoding.UTF8.GetString(response.Body.Span).Trim();
        if (text.Length > QuotedLength)
            text = text[..QuotedLength];
        return new KubernetesApiException($"{request}: status {response.StatusCode}: {text}", response.StatusCode, "", text, response.RetryAfter);
    }

    /// <summary>The answer that a write would get which was not sent because the server had asked for a pause.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="remaining">How long the pause still lasts.</param>
    internal static KubernetesApiException HeldBack(KubernetesRequest request, TimeSpan remaining)
    {
        string message = $"not sent: the server asked for a pause that lasts {remaining.TotalSeconds:0} s more";
        return new KubernetesApiException($"{request}: {message}", 429, "TooManyRequests", message, remaining);
    }

    /// <summary>Reads a Status object.</summary>
    /// <param name="what">What was asked, for the message.</param>
    /// <param name="status">The Status.</param>
    /// <param name="statusCode">The HTTP status; null takes the one in the object.</param>
    /// <param name="retryAfter">The header; null takes <c>details.retryAfterSeconds</c>.</param>
    public static KubernetesApiException FromStatus(string what, JsonElement status, int? statusCode = null, TimeSpan? retryAfter = null)
    {
        int code = statusCode ?? (status.Member("code") is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : 500);
        string reason = status.Member("reason").TextOrNull() ?? "";
        string message = status.Member("message").TextOrNull() ?? "";
        if (retryAfter is null && status.Member("details").Member("retryAfterSeconds") is { ValueKind: JsonValueKind.Number } seconds)
            retryAfter = TimeSpan.FromSeconds(seconds.GetInt32());
        return new KubernetesApiException($"{what}: {code} {reason}: {message}", code, reason, message, retryAfter);
    }
}
