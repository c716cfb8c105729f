using Kthena.Model;

namespace Kthena.Kubernetes.Core;

/// <summary>Which objects of a kind are meant.</summary>
public sealed record ListQuery
{
    /// <summary>Every object in every namespace.</summary>
    public static readonly ListQuery All = new();

    /// <summary>The namespace; null for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>A label selector in the API's syntax, such as <c>app=x,tier</c>; null for none.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>A field selector, such as <c>spec.nodeName=n</c>; null for none.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>The selector that asks for every pair of a set.</summary>
    /// <param name="labels">The pairs.</param>
    public static string SelectorOf(LabelSet labels) => string.Join(',', labels.Pairs.Select(static pair => $"{pair.Key}={pair.Value}"));

    internal string ToQuery(params ReadOnlySpan<(string Name, string? Value)> more)
    {
        var parts = new List<string>();
        Append(parts, "labelSelector", LabelSelector);
        Append(parts, "fieldSelector", FieldSelector);
        foreach ((string name, string? value) in more)
            Append(parts, name, value);
        return string.Join('&', parts);
    }

    private static void Append(List<string> parts, string name, string? value)
    {
        if (value is not null)
            parts.Add($"{name}={Uri.EscapeDataString(value)}");
    }
}
