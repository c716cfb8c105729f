using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Kthena.Embedded.CodeGenerator;

/// <summary>What is written for one interface or class. Compared by value, so that unchanged code is not written again.</summary>
internal sealed record GrainPartItem(
    GrainInterfaceModel? Interface, GrainClassModel? Class, EquatableArray<Problem> Problems);

internal sealed record GrainInterfaceModel(string FullName, string Identifier, EquatableArray<GrainMethodModel> Methods);

internal sealed record GrainMethodModel(
    string Owner,
    string OwnerName,
    string Name,
    string ReturnType,
    ReturnKind Kind,
    string? ResultType,
    EquatableArray<GrainParameterModel> Parameters,
    int Options,
    long? ResponseTimeoutTicks);

internal sealed record GrainParameterModel(string Type, string Name, bool IsCancellationToken);

internal sealed record GrainClassModel(string FullName, EquatableArray<string> Interfaces);

internal sealed record Problem(string Id, string Message, string? File, TextSpan Span, LinePositionSpan Lines)
{
    public static Problem At(ISymbol symbol, string id, string message)
    {
        var place = symbol.Locations.FirstOrDefault(location => location.IsInSource);
        return new Problem(
            id, message, place?.SourceTree?.FilePath, place?.SourceSpan ?? default, place?.GetLineSpan().Span ?? default);
    }
}

internal enum ReturnKind
{
    Void,
    Task,
    TaskOfResult,
    ValueTask,
    ValueTaskOfResult,
}

/// <summary>An array that is equal to another with equal elements.</summary>
internal readonly struct EquatableArray<T>(IEnumerable<T> items) : IEquatable<EquatableArray<T>>
    where T : IEquatable<T>
{
    private readonly ImmutableArray<T> _items = items.ToImmutableArray();

    public ImmutableArray<T> Items => _items.IsDefault ? ImmutableArray<T>.Empty : _items;

    public bool Equals(EquatableArray<T> other) => Items.SequenceEqual(other.Items);

    public override bool Equals(object? obj) => obj is EquatableArray<T> other && Equals(other);

    public override int GetHashCode() => Items.Aggregate(17, (hash, item) => unchecked((hash * 31) + item.GetHashCode()));
}
