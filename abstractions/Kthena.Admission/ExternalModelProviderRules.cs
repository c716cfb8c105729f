using System.Text.Json;

namespace Kthena.Admission;

/// <summary>The rules of external model providers: a plain HTTPS address, headers that are the user's to set, a usable credential.</summary>
internal static class ExternalModelProviderRules
{
    private const string Reference = "spec.auth.secretRef";
    private const string MustNotBeOptional = "secretRef.optional must be false or unset";

    /// <summary>Headers that the connection, the client's own identity or the credential decide.</summary>
    private static readonly string[] Reserved =
    [
        "Authorization", "Proxy-Authorization", "Cookie", "X-API-Key", "Host", "Content-Length", "Connection", "Keep-Alive",
        "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Trailer", "TE",
    ];

    public static void CheckDefinition(JsonElement json, ErrorList errors)
    {
        JsonElement auth = json.Member("spec").Member("auth");
        if (auth.Member("secretRef").Member("optional").ValueKind == JsonValueKind.True)
            errors.Invalid("spec.auth", MustNotBeOptional, auth);
    }

    public static void Check(JsonElement json, ErrorList errors)
    {
        JsonElement spec = json.Member("spec");
        CheckChoice(spec, "providerType", "spec", ["OpenAI", "Anthropic"], errors);
        CheckAddress(spec.Member("baseURL"), errors);
        foreach (JsonProperty header in spec.Pairs("headers"))
            CheckHeader(header, $"spec.headers[{header.Name}]", errors);
        JsonElement auth = spec.Member("auth");
        if (!auth.IsThere())
            return;
        CheckChoice(auth, "scheme", "spec.auth", ["Bearer", "APIKey"], errors);
        JsonElement secret = auth.Member("secretRef");
        if (string.IsNullOrWhiteSpace(secret.Text("name")))
            errors.Required($"{Reference}.name", "the name of the Secret with the credential must be set");
        if (string.IsNullOrWhiteSpace(secret.Text("key")))
            errors.Required($"{Reference}.key", "the key of the credential in the Secret must be set");
        if (secret.Member("optional").ValueKind == JsonValueKind.True)
            errors.Invalid($"{Reference}.optional", MustNotBeOptional, secret.Member("optional"));
    }

    private static void CheckChoice(JsonElement json, string member, string path, string[] choices, ErrorList errors)
    {
        JsonElement value = json.Member(member);
        if (value.IsThere() && !choices.Contains(json.Text(member)))
            errors.Invalid($"{path}.{member}", $"must be one of {string.Join(", ", choices)}", value);
    }

    private static void CheckAddress(JsonElement value, ErrorList errors)
    {
        const string path = "spec.baseURL";
        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (text.Length == 0)
        {
            errors.Required(path, "the provider's address must be set");
            return;
        }
        // The parser would trim white space that the request line would not survive.
        if (text.Any(static letter => char.IsWhiteSpace(letter) || char.IsControl(letter)) || !Uri.TryCreate(text, UriKind.Absolute, out Uri? address))
        {
            errors.Invalid(path, "must be an absolute URL", value);
            return;
        }
        if (address.Scheme != Uri.UriSchemeHttps)
            errors.Invalid(path, "must use https", value);
        if (address.Host.Length == 0)
            errors.Invalid(path, "must name a host", value);
        if (address.UserInfo.Length > 0 || address.Authority.Contains('@', StringComparison.Ordinal))
            errors.Invalid(path, "must not hold user information; credentials come from auth.secretRef", value);
        if (text.Contains('?', StringComparison.Ordinal))
            errors.Invalid(path, "must not have a query", value);
        if (text.Contains('#', StringComparison.Ordinal))
            errors.Invalid(path, "must not have a fragment", value);
    }

    private static void CheckHeader(JsonProperty header, string path, ErrorList errors)
    {
        if (header.Name.Length == 0 || !header.Name.All(IsTokenLetter))
            errors.Invalid(path, "is not a valid HTTP header name");
        else if (Reserved.Contains(header.Name, StringComparer.OrdinalIgnoreCase))
            errors.Forbidden(path, $"the header {header.Name} is reserved");
        // A value may be a secret in spite of all: it is not quoted.
        if (header.Value.ValueKind != JsonValueKind.String || header.Value.GetString()!.AsSpan().ContainsAny('\r', '\n', '\0'))
            errors.Invalid(path, "a header value must be a text without line breaks");
    }

    private static bool IsTokenLetter(char letter) =>
        char.IsAsciiLetterOrDigit(letter) || "!#$%&'*+-.^_`|~".Contains(letter, StringComparison.Ordinal);
}
