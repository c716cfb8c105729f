namespace Kthena.Admission;

/// <summary>The syntax of names and labels that Kubernetes asks for.</summary>
internal static class LabelSyntax
{
    private const int LabelLengthMost = 63;
    private const int SubdomainLengthMost = 253;

    public const string Dns1035 =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
        + "and end with an alphanumeric character, and be at most 63 characters long";

    public const string LabelKey =
        "a label key must be a name of at most 63 alphanumeric characters, '-', '_' or '.', with an optional DNS subdomain and '/' before it";

    public const string LabelValue =
        "a label value must be empty or at most 63 alphanumeric characters, '-', '_' or '.', and start and end with an alphanumeric character";

    public static bool IsDns1035(string text) =>
        text.Length is > 0 and <= LabelLengthMost && char.IsAsciiLetterLower(text[0]) && IsLowerOrDigit(text[^1])
        && text.All(static letter => IsLowerOrDigit(letter) || letter == '-');

    public static bool IsLabelValue(string text) => text.Length == 0 || IsName(text);

    public static bool IsLabelKey(string key)
    {
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? IsName(key) : IsSubdomain(key[..slash]) && IsName(key[(slash + 1)..]);
    }

    private static bool IsName(string text) =>
        text.Length is > 0 and <= LabelLengthMost && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
        && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    private static bool IsSubdomain(string text) =>
        text.Length is > 0 and <= SubdomainLengthMost && text.Split('.').All(static part =>
            part.Length > 0 && IsLowerOrDigit(part[0]) && IsLowerOrDigit(part[^1]) && part.All(static letter => IsLowerOrDigit(letter) || letter == '-'));

    private static bool IsLowerOrDigit(char letter) => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter);
}
