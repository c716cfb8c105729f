using Kthena.Model.Resources;

namespace Kthena.Routing.Matching;

/// <summary>A compiled <see cref="StringMatch"/>.</summary>
internal sealed class TextPredicate
{
    private readonly string? _exact;
    private readonly string? _prefix;
    private readonly RoutePattern? _pattern;

    /// <summary>Compiles a predicate. One whose expression cannot be understood never matches, and <see cref="Fault"/> says why.</summary>
    public TextPredicate(StringMatch match)
    {
        _exact = match.Exact;
        _prefix = match.Prefix;
        if (_exact is null && _prefix is null && match.Regex is not null && !RoutePattern.TryCompile(match.Regex, out _pattern, out string fault))
            Fault = fault;
    }

    /// <summary>What is wrong with the expression; null when nothing is.</summary>
    public string? Fault { get; }

    public bool Holds(string text)
    {
        if (_exact is not null)
            return string.Equals(text, _exact, StringComparison.Ordinal);
        if (_prefix is not null)
            return text.StartsWith(_prefix, StringComparison.Ordinal);
        return Fault is null && (_pattern is null || _pattern.IsMatch(text));
    }
}
