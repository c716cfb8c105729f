using System.Globalization;

namespace Kthena.Model.Serving;

/// <summary>Reads the numbers at the end of group names and role ids.</summary>
internal static class ServingOrdinal
{
    /// <summary>Reads digits only, without sign, blank or leading zero.</summary>
    public static bool TryParse(ReadOnlySpan<char> digits, out int ordinal) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ordinal)
        && (digits.Length == 1 || digits[0] != '0');

    /// <summary>The ordinal of <c>prefix-ordinal</c>, or null when the text is not of that form.</summary>
    public static int? Suffix(string? text, string prefix) =>
        text is not null
        && text.Length > prefix.Length + 1
        && text.StartsWith(prefix, StringComparison.Ordinal)
        && text[prefix.Length] == '-'
        && TryParse(text.AsSpan(prefix.Length + 1), out int ordinal)
            ? ordinal
            : null;
}
