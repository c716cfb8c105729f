using System.Text;
using System.Text.RegularExpressions;

namespace Kthena.Embedded.Kubernetes.Core.Schemas;

/// <summary>Patterns of CRD schemas, which are written for RE2, compiled for .NET without a chance to backtrack.</summary>
internal static class Re2Pattern
{
    /// <summary>Compiles a pattern; null when .NET cannot read it, in which case nothing is rejected by it.</summary>
    public static Regex? Compile(string pattern)
    {
        try
        {
            return new Regex(EndOfText(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>In RE2 <c>$</c> is the end of the text; in .NET it also stands before a final newline.</summary>
    private static string EndOfText(string pattern)
    {
        var text = new StringBuilder(pattern.Length + 4);
        bool isInClass = false;
        for (int at = 0; at < pattern.Length; at++)
        {
            char here = pattern[at];
            if (here == '\\' && at + 1 < pattern.Length)
            {
                text.Append(here).Append(pattern[++at]);
                continue;
            }
            isInClass = here switch { '[' => true, ']' => false, _ => isInClass };
            text.Append(here == '$' && !isInClass ? "\\z" : here.ToString());
        }
        return text.ToString();
    }
}
