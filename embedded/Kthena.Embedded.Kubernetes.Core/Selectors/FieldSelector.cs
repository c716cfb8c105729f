using System.Collections.Immutable;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Selectors;

/// <summary>A field selector such as <c>metadata.name=a,status.phase!=Running</c>; all parts must hold.</summary>
internal sealed class FieldSelector
{
    private readonly ImmutableArray<Requirement> _requirements;

    private FieldSelector(ImmutableArray<Requirement> requirements) => _requirements = requirements;

    private sealed record Requirement(Func<StoredObject, string> Read, string Value, bool IsEqual, string Name);

    /// <summary>The one name that can match, or null.</summary>
    public string? OnlyName => _requirements.FirstOrDefault(static requirement => requirement is { Name: "metadata.name", IsEqual: true })?.Value;

    public bool Matches(StoredObject stored)
    {
        foreach (Requirement requirement in _requirements)
        {
            if (string.Equals(requirement.Read(stored), requirement.Value, StringComparison.Ordinal) != requirement.IsEqual)
                return false;
        }
        return true;
    }

    /// <summary>Reads a selector for a kind.</summary>
    /// <exception cref="ApiError">The text is no selector, or the kind has no such field.</exception>
    public static FieldSelector Parse(string text, ApiKind kind) =>
        new([.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(part => ParseRequirement(part, kind))]);

    private static Requirement ParseRequirement(string part, ApiKind kind)
    {
        int at = part.IndexOf("!=", StringComparison.Ordinal);
        bool isEqual = at < 0;
        int length = 2;
        if (isEqual)
        {
            at = part.IndexOf('=', StringComparison.Ordinal);
            length = at > 0 && at + 1 < part.Length && part[at + 1] == '=' ? 2 : 1;
        }
        if (at <= 0)
            throw ApiError.BadRequest($"invalid selector: '{part}'; can't understand '{part}'");
        string name = part[..at];
        string value = part[(at + length)..];
        if (name == "metadata.name")
            return new Requirement(static stored => stored.Key.Name, value, isEqual, name);
        if (name == "metadata.namespace")
            return new Requirement(static stored => stored.Key.Namespace, value, isEqual, name);
        int index = kind.FieldIndex(name);
        return index < 0
            ? throw ApiError.BadRequest($"field label not supported: {name}")
            : new Requirement(stored => stored.Fields[index], value, isEqual, name);
    }
}
