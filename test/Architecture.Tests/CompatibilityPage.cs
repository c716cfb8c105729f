using System.Text.RegularExpressions;

namespace Architecture.Tests;

/// <summary>Whoever changes a behaviour on purpose says so in docs/compatibility.md, with the test that pins it: the test must be there.</summary>
public sealed partial class CompatibilityPage
{
    private const string Page = "docs/compatibility.md";

    [Fact]
    public void EveryRow_NamesATest() => Rows().Where(static row => !Name().IsMatch(row[^1])).Select(static row => row[0]).ShouldBeEmpty();

    [Fact]
    public void EveryTestNamed_IsThere()
    {
        var methods = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (string path in Repository.Sources().Where(static path => path.StartsWith("test/", StringComparison.Ordinal)))
        {
            string text = Repository.Read(path);
            string[] declared = [.. Method().Matches(text).Select(static match => match.Groups[1].Value)];
            foreach (Match type in Type().Matches(text))
            {
                if (!methods.TryGetValue(type.Groups[1].Value, out HashSet<string>? known))
                    methods[type.Groups[1].Value] = known = new HashSet<string>(StringComparer.Ordinal);
                known.UnionWith(declared);
            }
        }
        Rows().SelectMany(static row => Name().Matches(row[^1])).Select(static match => match.Groups[1].Value)
            .Where(name => name.Split('.') is not [var type, .. var method]
                || !methods.TryGetValue(type, out HashSet<string>? known)
                || (method.Length > 0 && !known.Contains(method[0])))
            .ShouldBeEmpty();
    }

    private static IEnumerable<string[]> Rows() => Repository.Read(Page).Split('\n')
        .Where(static line => line.StartsWith("| ", StringComparison.Ordinal))
        .Select(static line => line.Trim().Trim('|').Split(" | "))
        .Where(static cells => cells[^1].Trim() != "Test");

    [GeneratedRegex("`([A-Za-z0-9_.]+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"\bclass (\w+)")]
    private static partial Regex Type();

    [GeneratedRegex(@"public (?:static |async )*[\w<>\[\]?]+ (\w+)\(")]
    private static partial Regex Method();
}
