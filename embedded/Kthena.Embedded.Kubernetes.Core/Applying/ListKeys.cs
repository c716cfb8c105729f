using System.Collections.Immutable;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Patching;
using Kthena.Embedded.Kubernetes.Core.Schemas;

namespace Kthena.Embedded.Kubernetes.Core.Applying;

/// <summary>How the parts of a kind's objects merge: which lists have keys, which objects and lists are replaced whole.</summary>
/// <param name="kind">The kind.</param>
internal sealed class ListKeys(ApiKind kind)
{
    /// <summary>The members that tell a list's items apart; empty for a set of plain values, null for a list that is one value.</summary>
    /// <param name="path">The list's path, member names only, with dots.</param>
    public ImmutableArray<string>? Of(string path)
    {
        if (kind.Schema is null || path.StartsWith("metadata", StringComparison.Ordinal))
            return MergeKeys.Of(path) is { } key ? key.Length == 0 ? [] : [key] : null;
        return Find(path) switch
        {
            { ListType: "map" } schema => schema.ListMapKeys,
            { ListType: "set" } => [],
            _ => null,
        };
    }

    /// <summary>Whether an object is owned and replaced as one value.</summary>
    /// <param name="path">The object's path, member names only, with dots.</param>
    public bool IsAtomic(string path) =>
        kind.Schema is not null && !path.StartsWith("metadata", StringComparison.Ordinal) && Find(path)?.IsAtomicMap == true;

    private StructuralSchema? Find(string path)
    {
        StructuralSchema? schema = kind.Schema;
        foreach (string name in path.Split('.'))
        {
            while (schema is { Type: "array", Items: { } items })
                schema = items;
            schema = schema?.Member(name);
        }
        return schema;
    }
}
