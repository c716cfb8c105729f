using System.Buffers;

namespace Kthena.Routing.Matching;

/// <summary>Folds texts.</summary>
internal static class TextFold
{
    // For private use: no letter, no digit, no space, and in no expression.
    private const char Other = '\uE000';

    private static readonly SearchValues<char> Ascii =
        SearchValues.Create([.. Enumerable.Range(0, 128).Select(static code => (char)code)]);

    public static string Apply(TextFolding folding, string text) =>
        folding == TextFolding.None || !text.AsSpan().ContainsAnyExcept(Ascii) ? text : Fold(folding, text);

    private static string Fold(TextFolding folding, string text)
    {
        char[] folded = new char[text.Length];
        int length = 0;
        for (int at = 0; at < text.Length; at++)
        {
            char unit = text[at];
            bool isPair = char.IsHighSurrogate(unit) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
            if (isPair)
                at++;
            folded[length++] = isPair || (folding == TextFolding.NonAscii && unit > '\x7f') ? Other : unit;
        }
        return new string(folded, 0, length);
    }
}
