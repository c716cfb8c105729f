using System.Text.RegularExpressions;

namespace Kthena.Routing.Matching;

/// <summary>
/// A route's expression. Operators write RE2 syntax; .NET's engine without backtracking runs it in time linear in the
/// text, after <see cref="Re2Translation"/> made the two dialects mean the same.
/// </summary>
public sealed class RoutePattern
{
    private const int PatternCharsMax = 1024;

    private readonly Regex _regex;
    private readonly TextFolding _folding;

    private RoutePattern(Regex regex, TextFolding folding) => (_regex, _folding) = (regex, folding);

    /// <summary>Compiles an expression.</summary>
    /// <param name="expression">RE2 syntax, not anchored, at most 1,024 characters.</param>
    /// <param name="pattern">The compiled expression.</param>
    /// <param name="fault">What is wrong with it, and where; empty when nothing is.</param>
    public static bool TryCompile(string expression, out RoutePattern? pattern, out string fault)
    {
        pattern = null;
        if (expression.Length > PatternCharsMax)
        {
            fault = $"the expression is longer than {PatternCharsMax} characters";
            return false;
        }
        if (!Re2Translation.TryTranslate(expression, out string translated, out TextFolding folding, out fault))
            return false;
        try
        {
            pattern = new RoutePattern(new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), folding);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            fault = $"'{expression}' is not a valid expression: {exception.Message}";
            return false;
        }
    }

    /// <summary>Whether the expression matches anywhere in a text.</summary>
    /// <param name="text">The text.</param>
    public bool IsMatch(string text) => _regex.IsMatch(TextFold.Apply(_folding, text));
}
