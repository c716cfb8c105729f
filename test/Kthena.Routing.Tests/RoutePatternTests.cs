using Kthena.Routing.Matching;

namespace Kthena.Routing.Tests;

/// <summary>RE2's meaning, row by row, where it differs from .NET's or could.</summary>
public sealed class RoutePatternTests
{
    // What .NET's syntax has no words for is refused with its place; never is it given another meaning.
    private static readonly string[] NotSaid = [@"\p{Any}", @"\bé"];

    // .NET's folding of case, which is the same in all cultures, does not know that the long s is an s.
    private const string LongS = "(?i)s";

    [Theory]
    // unanchored, anchors
    [InlineData("b", "abc", true)]
    [InlineData("^b", "abc", false)]
    [InlineData("^a", "abc", true)]
    [InlineData("c$", "abc", true)]
    [InlineData("c$", "abc\n", false)]
    [InlineData("(?m)c$", "abc\nx", true)]
    [InlineData("(?m)^x", "abc\nx", true)]
    [InlineData("^x", "abc\nx", false)]
    [InlineData("(?m:c$)d$", "abc", false)]
    [InlineData("((?m)a$)|b$", "b\n", false)]
    [InlineData("((?m)a$)|b$", "a\n", true)]
    [InlineData(@"\Aabc\z", "abc", true)]
    [InlineData(@"abc\z", "abc\n", false)]
    // ASCII classes
    [InlineData(@"^\d+$", "123", true)]
    [InlineData(@"^\d+$", "١٢٣", false)]
    [InlineData(@"^\D$", "١", true)]
    [InlineData(@"^\w+$", "a_9", true)]
    [InlineData(@"^\w+$", "é", false)]
    [InlineData(@"^\W$", "é", true)]
    [InlineData(@"^\s$", "\t", true)]
    [InlineData(@"^\s$", "\v", false)]
    [InlineData(@"^\s$", "\u00a0", false)]
    [InlineData(@"^\S$", "\u00a0", true)]
    [InlineData(@"^[\d-]+$", "1-2", true)]
    [InlineData(@"^[^\d]+$", "ab", true)]
    [InlineData(@"^[\D]+$", "1", false)]
    [InlineData(@"^[\W_]+$", "_-", true)]
    // POSIX brackets
    [InlineData("^[[:alpha:]]+$", "abc", true)]
    [InlineData("^[[:alpha:]]+$", "a1", false)]
    [InlineData("^[[:alpha:]]+$", "[:", false)]
    [InlineData("^[[:^alpha:]]+$", "12", true)]
    [InlineData("^[[:digit:][:upper:]]+$", "A1", true)]
    [InlineData("^[^[:space:]]+$", "a b", false)]
    [InlineData("^[[:punct:]]+$", "!-[]^`{~", true)]
    [InlineData("^[[:xdigit:]]+$", "aF9", true)]
    [InlineData("^[[:word:]]+$", "a_", true)]
    // brackets as they are
    [InlineData("^[]a]+$", "]a", true)]
    [InlineData("^[^]a]+$", "b", true)]
    [InlineData("^[[]$", "[", true)]
    [InlineData("^[a-c-[b]+$", "a[", true)]
    [InlineData(@"^[a\]b]+$", "]", true)]
    // named groups, quoting
    [InlineData("^(?P<name>a)b$", "ab", true)]
    [InlineData("^(?<n1>a)b$", "ab", true)]
    [InlineData(@"^\Qa.b*\E$", "a.b*", true)]
    [InlineData(@"^\Qa.b*\E$", "aXb*", false)]
    [InlineData(@"\Qa+", "a+", true)]
    // flags
    [InlineData("(?i)ABC", "abc", true)]
    [InlineData("(?i:A)b", "ab", true)]
    [InlineData("(?i:A)b", "aB", false)]
    [InlineData("(?i)a(?-i)b", "AB", false)]
    [InlineData("a.b", "a\nb", false)]
    [InlineData("(?s)a.b", "a\nb", true)]
    [InlineData("(?U)a+b", "aab", true)]
    [InlineData("(?is-m:A.B)", "a\nb", true)]
    // escapes
    [InlineData(@"^\x41$", "A", true)]
    [InlineData(@"^\x{41}$", "A", true)]
    [InlineData(@"^\x{1F600}$", "😀", true)]
    [InlineData(@"^\101$", "A", true)]
    [InlineData(@"^\0$", "\0", true)]
    [InlineData(@"^\t\n\r\f\v\a$", "\t\n\r\f\v\a", true)]
    [InlineData(@"^\.\*\-\/$", ".*-/", true)]
    [InlineData(@"^\pL+$", "é", true)]
    [InlineData(@"^\p{Lu}$", "A", true)]
    [InlineData(@"^\P{Lu}$", "a", true)]
    [InlineData(@"^[\p{Ll}\d]+$", "a1", true)]
    // repetition and alternation
    [InlineData("^a{2,3}$", "aa", true)]
    [InlineData("^a{2,3}$", "aaaa", false)]
    [InlineData("^(a|b)*?c$", "abc", true)]
    [InlineData("^(?:ab)+$", "abab", true)]
    [InlineData("", "anything", true)]
    [InlineData(".*", "", true)]
    [InlineData("^/v1/(chat/)?completions$", "/v1/chat/completions", true)]
    [InlineData(@"\bcat\b", "a cat.", true)]
    public void Expression_MatchesAsRe2(string expression, string text, bool matches)
    {
        RoutePattern.TryCompile(expression, out RoutePattern? pattern, out string fault).ShouldBeTrue(fault);
        pattern!.IsMatch(text).ShouldBe(matches);
    }

    [Fact]
    public void Expression_MatchesAsGoDoes()
    {
        var wrong = new List<string>();
        foreach ((string expression, string text, bool matches) in GoRegexpAnswers.Matches)
        {
            if (!RoutePattern.TryCompile(expression, out RoutePattern? pattern, out string fault))
            {
                if (!NotSaid.Contains(expression))
                    wrong.Add($"'{expression}' is refused: {fault}");
            }
            else if (pattern!.IsMatch(text) != matches && expression != LongS)
            {
                wrong.Add($"'{expression}' on {System.Text.Json.JsonSerializer.Serialize(text)} should {(matches ? "" : "not ")}match");
            }
        }
        wrong.ShouldBeEmpty();
        GoRegexpAnswers.Matches.Length.ShouldBeGreaterThanOrEqualTo(200);
    }

    [Fact]
    public void Expression_ThatGoRefuses_IsRefused() =>
        GoRegexpAnswers.Refused.Where(static expression => RoutePattern.TryCompile(expression, out _, out _)).ShouldBeEmpty();

    [Theory]
    [InlineData("(?=a)", 0)]
    [InlineData("(?!a)", 0)]
    [InlineData("(?<=a)b", 0)]
    [InlineData("(?<!a)b", 0)]
    [InlineData("(?>a)", 0)]
    [InlineData("(?#c)", 0)]
    [InlineData("(?x)a", 0)]
    [InlineData(@"(a)\1", 3)]
    [InlineData(@"a\Z", 1)]
    [InlineData(@"\G", 0)]
    [InlineData(@"\C", 0)]
    [InlineData(@"\k<n>", 0)]
    [InlineData(@"\u0041", 0)]
    [InlineData(@"\cA", 0)]
    [InlineData(@"[\b]", 1)]
    [InlineData(@"\p{Greek}", 0)]
    [InlineData(@"\p{IsGreek}", 0)]
    [InlineData(@"\x4", 0)]
    [InlineData(@"\x{110000}", 0)]
    [InlineData(@"[\x{1F600}]", 1)]
    [InlineData("[[:nope:]]", 1)]
    [InlineData("[abc", 0)]
    [InlineData("(?P<a-b>x)", 0)]
    [InlineData("a\\", 1)]
    public void Expression_ThatRe2LacksOrWeCannotSay_IsRefusedWithItsPosition(string expression, int position)
    {
        RoutePattern.TryCompile(expression, out _, out string fault).ShouldBeFalse();
        fault.ShouldContain($"at position {position} of ");
    }

    [Theory]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("a**")]
    [InlineData("*a")]
    [InlineData("a{3,2}")]
    [InlineData("[z-a]")]
    public void Expression_ThatIsMalformed_IsRefused(string expression) =>
        RoutePattern.TryCompile(expression, out _, out _).ShouldBeFalse();

    [Fact]
    public void Expression_ThatWouldBacktrack_IsLinear()
    {
        RoutePattern.TryCompile("(a+)+$", out RoutePattern? pattern, out _).ShouldBeTrue();
        pattern!.IsMatch(new string('a', 100_000) + "b").ShouldBeFalse();
    }

    [Fact]
    public void Expression_TooLong_IsRefused() => RoutePattern.TryCompile(new string('a', 2000), out _, out _).ShouldBeFalse();
}
