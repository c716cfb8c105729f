namespace Kthena.Model.Routing;

/// <summary>What part of a request an endpoint does.</summary>
[GenerateSerializer]
public enum EndpointPhase
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary>It computes the prompt and hands its KV cache over.</summary>
    Prefill,

    /// <summary>It takes a KV cache over and makes the answer.</summary>
    Decode,
}
