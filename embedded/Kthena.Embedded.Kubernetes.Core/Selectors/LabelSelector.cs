using System.Collections.Immutable;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Model;

namespace Kthena.Embedded.Kubernetes.Core.Selectors;

/// <summary>A label selector in the form of the query: <c>a=b,c!=d,e in (f,g),h notin (i),j,!k,l&gt;1</c>; all parts must hold.</summary>
internal sealed class LabelSelector
{
    public static readonly LabelSelector Everything = new([]);

    private readonly ImmutableArray<Requirement> _requirements;

    private LabelSelector(ImmutableArray<Requirement> requirements) => _requirements = requirements;

    private enum Operator
    {
        In,
        NotIn,
        Exists,
        Absent,
        Greater,
        Less,
    }

    private sealed record Requirement(string Key, Operator Operator, ImmutableArray<string> Values)
    {
        public bool Holds(LabelSet labels)
        {
            string? value = labels[Key];
            return Operator switch
            {
                Operator.In => value is not null && Values.Contains(value, StringComparer.Ordinal),
                Operator.NotIn => value is null || !Values.Contains(value, StringComparer.Ordinal),
                Operator.Exists => value is not null,
                Operator.Absent => value is null,
                Operator.Greater => long.TryParse(value, out long number) && number > long.Parse(Values[0], System.Globalization.CultureInfo.InvariantCulture),
                Operator.Less => long.TryParse(value, out long number) && number < long.Parse(Values[0], System.Globalization.CultureInfo.InvariantCulture),
                _ => throw new InvalidOperationException($"Unknown operator {Operator}."),
            };
        }
    }

    public bool Matches(LabelSet labels)
    {
        foreach (Requirement requirement in _requirements)
        {
            if (!requirement.Holds(labels))
                return false;
        }
        return true;
    }

    /// <summary>Reads a selector.</summary>
    /// <exception cref="ApiError">The text is no selector.</exception>
    public static LabelSelector Parse(string text) =>
        string.IsNullOrWhiteSpace(text) ? Everything : new LabelSelector([.. Split(text).Select(part => ParseRequirement(part, text))]);

    /// <summary>Cuts at commas outside parentheses.</summary>
    private static IEnumerable<string> Split(string text)
    {
        int depth = 0, start = 0;
        for (int at = 0; at < text.Length; at++)
        {
            depth += text[at] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[at] == ',' && depth == 0)
            {
                yield return text[start..at].Trim();
                start = at + 1;
            }
        }
        yield return text[start..].Trim();
    }

    private static Requirement ParseRequirement(string part, string whole)
    {
        if (part.Length == 0)
            throw Malformed(whole);
        if (part.EndsWith(')'))
            return ParseSet(part, whole);
        if (part[0] == '!')
            return new Requirement(Key(part[1..], whole), Operator.Absent, []);
        foreach ((string sign, Operator operation) in (ReadOnlySpan<(string, Operator)>)
            [("!=", Operator.NotIn), ("==", Operator.In), ("=", Operator.In), (">", Operator.Greater), ("<", Operator.Less)])
        {
            int at = part.IndexOf(sign, StringComparison.Ordinal);
            if (at > 0)
            {
                string value = part[(at + sign.Length)..].Trim();
                if (operation is Operator.Greater or Operator.Less && !long.TryParse(value, out _))
                    throw Malformed(whole);
                return new Requirement(Key(part[..at], whole), operation, [value]);
            }
        }
        return new Requirement(Key(part, whole), Operator.Exists, []);
    }

    private static Requirement ParseSet(string part, string whole)
    {
        int open = part.IndexOf('(', StringComparison.Ordinal);
        string[] words = open < 0 ? [] : part[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not [string key, "in" or "notin"])
            throw Malformed(whole);
        return new Requirement(
            Key(key, whole),
            words[1] == "in" ? Operator.In : Operator.NotIn,
            [.. part[(open + 1)..^1].Split(',').Select(static value => value.Trim())]);
    }

    private static string Key(string key, string whole)
    {
        key = key.Trim();
        return key.Length > 0 && !key.Contains(' ', StringComparison.Ordinal) ? key : throw Malformed(whole);
    }

    private static ApiError Malformed(string text) => ApiError.BadRequest($"unable to parse requirement: \"{text}\" is not a label selector");
}
