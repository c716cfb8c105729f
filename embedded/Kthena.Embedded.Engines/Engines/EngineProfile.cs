using System.Collections.Immutable;

namespace Kthena.Embedded.Engines;

/// <summary>An adapter that an engine serves beside its model.</summary>
/// <param name="Name">The name that requests give as their model.</param>
/// <param name="Path">Where it was loaded from.</param>
internal sealed record LoraAdapter(string Name, string Path);

/// <summary>How a container wants its engine to be.</summary>
/// <param name="Kind">The engine.</param>
/// <param name="Port">The port that it listens on.</param>
internal sealed record EngineProfile(EngineKind Kind, int Port)
{
    /// <summary>Where the model was loaded from.</summary>
    public string ModelPath { get; init; } = "";

    /// <summary>The names under which the model answers; the first one stands in answers and metrics.</summary>
    public ImmutableArray<string> ServedModelNames { get; init; } = [];

    /// <summary>The adapters loaded at start.</summary>
    public ImmutableArray<LoraAdapter> Adapters { get; init; } = [];

    /// <summary>Whether it only prefills, for others that decode; SGLang's <c>--disaggregation-mode prefill</c>.</summary>
    public bool OnlyPrefills { get; init; }

    /// <summary>Requests that run at once; null takes the default.</summary>
    public int? RunningRequestsMax { get; init; }

    /// <summary>Tokens of prompt and answer together; null takes the default.</summary>
    public int? ModelLength { get; init; }
}
