using System.Text;
using System.Text.Json;
using Kthena.Model.Routing;
using Kthena.Routing.Phases;
using Kthena.Routing.Prompt;

namespace Kthena.Routing.Matching;

/// <summary>A model server with what is computed once per snapshot.</summary>
public sealed class CompiledServer
{
    internal CompiledServer(RoutedServer view)
    {
        View = view;
        ModelHash = view.Spec.Model is { Length: > 0 } name ? XxHash64.Hash(Encoding.UTF8.GetBytes(name)) : 0;
        Pairs = PhasePairs.Of(view);
        Handover = KvHandovers.Of(view.Spec);
        EncodedModel = view.Spec.Model is { Length: > 0 } model ? JsonEncodedText.Encode(model).EncodedUtf8Bytes.ToArray() : default;
    }

    /// <summary>The model server.</summary>
    public RoutedServer View { get; }

    /// <summary>The hash of the model's name at the engine; 0 when the engine is asked by the request's own.</summary>
    public ulong ModelHash { get; }

    /// <summary>The model's name at the engine as the inside of a JSON string; empty keeps the request's own.</summary>
    public ReadOnlyMemory<byte> EncodedModel { get; }

    /// <summary>Who decodes what whom has prefilled; null where every endpoint does all.</summary>
    public PhasePairs? Pairs { get; }

    /// <summary>How a KV cache goes from prefill to decode; meaningless without <see cref="Pairs"/>.</summary>
    public KvHandover Handover { get; }
}
