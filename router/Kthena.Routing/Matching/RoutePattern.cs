using System.Text.RegularExpressions;

namespace Kthena.Routing.Matching;

/// <summary>
/// A route's expression. Operators write RE2 syntax; .NET's engine without backtracking runs it in time linear in the
/// text, after <see cref="Re2Translation"/> made the two dialects mean the same.
/// </summary>
public static class RoutePattern
{
    private const int PatternCharsMax = 1024;

    /// <summary>Compiles an expression.</summary>
    /// <param name="expression">RE2 syntax, not anchored, at most 1,024 characters.</param>
    /// <param name="pattern">The compiled expression.</param>
    /// <param name="fault">What is wrong with it, and where; empty when nothing is.</param>
    public static bool TryCompile(string expression, out Regex? pattern, out string fault)
    {
        pattern = null;
        if (expression.Length > PatternCharsMax)
        {
            fault = $"the expression is longer than {PatternCharsMax} characters";
            return false;
        }
        if (!Re2Translation.TryTranslate(expression, out string translated, out fault))
            return false;
        try
        {
            pattern = new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            fault = $"'{expression}' is not a valid expression: {exception.Message}";
            return false;
        }
    }
}
