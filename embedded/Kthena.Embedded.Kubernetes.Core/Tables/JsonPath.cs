using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Tables;

/// <summary>The part of Kubernetes' JSONPath that printer columns use: members, indexes, <c>[*]</c> and <c>[?(@.a=='b')]</c>.</summary>
internal sealed class JsonPath
{
    private readonly ImmutableArray<Step> _steps;

    private JsonPath(ImmutableArray<Step> steps) => _steps = steps;

    private abstract record Step;

    private sealed record Member(string Name) : Step;

    private sealed record Index(int At) : Step;

    private sealed record All : Step;

    private sealed record Filter(string[] Path, string Value) : Step;

    /// <summary>Reads a path such as <c>.status.conditions[?(@.type=='Ready')].status</c>; null when it is of another form.</summary>
    public static JsonPath? Parse(string text)
    {
        var steps = ImmutableArray.CreateBuilder<Step>();
        int at = text.StartsWith('$') ? 1 : 0;
        while (at < text.Length)
        {
            if (text[at] == '[')
            {
                int close = text.IndexOf(']', at);
                if (close < 0 || Bracket(text[(at + 1)..close]) is not { } step)
                    return null;
                steps.Add(step);
                at = close + 1;
                continue;
            }
            int start = text[at] == '.' ? at + 1 : at;
            int end = start;
            while (end < text.Length && text[end] is not ('.' or '['))
                end += text[end] == '\\' ? 2 : 1;
            if (end > start)
                steps.Add(new Member(text[start..Math.Min(end, text.Length)].Replace("\\", "", StringComparison.Ordinal)));
            at = Math.Max(end, at + 1);
        }
        return new JsonPath(steps.ToImmutable());
    }

    /// <summary>The first value that the path leads to; null when there is none.</summary>
    public JsonNode? First(JsonNode root)
    {
        IEnumerable<JsonNode?> found = [root];
        foreach (Step step in _steps)
            found = found.SelectMany(node => Take(node, step)).ToList();
        return found.FirstOrDefault();
    }

    private static IEnumerable<JsonNode?> Take(JsonNode? node, Step step) => step switch
    {
        Member member => node is JsonObject json && json.TryGetPropertyValue(member.Name, out JsonNode? value) ? [value] : [],
        Index index => node is JsonArray array && index.At < array.Count ? [array[index.At]] : [],
        All => node is JsonArray array ? [.. array] : [],
        Filter filter => node is JsonArray array ? [.. array.Where(item => item.At(filter.Path).AsText() == filter.Value)] : [],
        _ => throw new InvalidOperationException($"Unknown step {step}."),
    };

    private static Step? Bracket(string inner)
    {
        if (inner == "*")
            return new All();
        if (int.TryParse(inner, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return new Index(index);
        if (inner.Length > 2 && inner[0] is '\'' or '"')
            return new Member(inner[1..^1]);
        int equals = inner.IndexOf("==", StringComparison.Ordinal);
        if (!inner.StartsWith("?(@.", StringComparison.Ordinal) || !inner.EndsWith(')') || equals < 0)
            return null;
        return new Filter(inner[4..equals].Trim().Split('.'), inner[(equals + 2)..^1].Trim().Trim('\'', '"'));
    }
}
