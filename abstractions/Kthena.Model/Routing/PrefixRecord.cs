namespace Kthena.Model.Routing;

/// <summary>A prompt that was sent to an endpoint, which therefore holds it or soon will.</summary>
/// <param name="EndpointUid">The pod's UID.</param>
/// <param name="Blocks">The chained hashes of the prompt's blocks, eight bytes each, in order.</param>
[GenerateSerializer, Immutable, Alias("kthena.PrefixRecord")]
public sealed record PrefixRecord([property: Id(0)] string EndpointUid, [property: Id(1)] ReadOnlyMemory<byte> Blocks);
