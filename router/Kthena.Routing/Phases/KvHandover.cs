using Kthena.Model.Resources;

namespace Kthena.Routing.Phases;

/// <summary>How the decode endpoint gets the KV cache that the prefill endpoint computed, as far as a router has a part in it.</summary>
public enum KvHandover
{
    /// <summary>By themselves, through a store or a connection of their own (<c>http</c>, <c>lmcache</c>): decode is asked after prefill.</summary>
    Store,

    /// <summary>By <c>kv_transfer_params</c> of the prefill's answer, which decode is asked with (<c>nixl</c>, <c>mooncake</c>).</summary>
    TransferParams,

    /// <summary>By a meeting place and a number that both are told of; both work at once (<c>sglang</c>).</summary>
    Bootstrap,
}

/// <summary>Tells how the engines of a model server hand over.</summary>
public static class KvHandovers
{
    /// <summary>By the connector that is named, else by the kind of engine; an unknown name is <c>http</c>, as upstream has it.</summary>
    /// <param name="spec">The model server.</param>
    public static KvHandover Of(ModelServerSpec spec) => spec.KvConnector switch
    {
        "nixl" or "mooncake" => KvHandover.TransferParams,
        "sglang" => KvHandover.Bootstrap,
        null or "" when spec.InferenceEngine == "SGLang" => KvHandover.Bootstrap,
        _ => KvHandover.Store,
    };
}
