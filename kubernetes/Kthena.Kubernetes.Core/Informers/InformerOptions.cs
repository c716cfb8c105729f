using System.Collections.Immutable;

namespace Kthena.Kubernetes.Core;

/// <summary>Settings of an <see cref="Informer{T}"/>.</summary>
/// <typeparam name="T">The view.</typeparam>
public sealed record InformerOptions<T>
    where T : class
{
    /// <summary>Which objects are watched.</summary>
    public ListQuery Query { get; init; } = ListQuery.All;

    /// <summary>
    /// Look-ups besides the one by name: an index's name and the function that gives an object's key in it, or null where the
    /// object is not in the index. The function is pure.
    /// </summary>
    public ImmutableSortedDictionary<string, Func<T, string?>> Indexes { get; init; } =
        ImmutableSortedDictionary.Create<string, Func<T, string?>>(StringComparer.Ordinal);

    /// <summary>Items to a page of a list.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Delays after failures in a row.</summary>
    public Backoff Backoff { get; init; } = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30));

    /// <summary>Whether the server may lack the kind, or forbid to read it: then it is a kind without objects, not a failure.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Delays between looks for an optional kind that is not there.</summary>
    public Backoff AbsentBackoff { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));

    /// <summary>
    /// Whether it is known without asking that an optional kind is not there, as where its definition is watched and is missing. Asked
    /// in place of the server, once a kind was looked for in vain; whoever learns that the kind came calls <see cref="Informer{T}.Recheck"/>.
    /// </summary>
    public Func<bool> IsKnownAbsent { get; init; } = static () => false;

    /// <summary>How long the server is asked to keep a watch open; the real value is spread between this and twice this.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Adds an index.</summary>
    /// <param name="name">The index's name.</param>
    /// <param name="key">An object's key in the index, or null.</param>
    public InformerOptions<T> WithIndex(string name, Func<T, string?> key) => this with { Indexes = Indexes.Add(name, key) };
}
