namespace Kthena.Model.Serving;

/// <summary>
/// Something happened to an object: its key and the version that was seen, nothing of its content. Whoever receives it
/// reads the facts anew, so a lost, doubled or reordered change leaves nothing wrong behind.
/// </summary>
/// <param name="Kind">The object's kind, such as <c>Pod</c>.</param>
/// <param name="Target">The object.</param>
/// <param name="Version">The version seen; facts of the kind that are older than this do not tell of the change yet.</param>
[GenerateSerializer, Immutable, Alias("kthena.ObjectChange")]
public sealed record ObjectChange(
    [property: Id(0)] string Kind,
    [property: Id(1)] NamespacedName Target,
    [property: Id(2)] long Version)
{
    /// <summary>Whether it may have been told before, and is told again because messages and grains get lost.</summary>
    [Id(3)]
    public bool IsRepeated { get; init; }
}
