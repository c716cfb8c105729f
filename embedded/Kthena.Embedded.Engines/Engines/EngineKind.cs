namespace Kthena.Embedded.Engines;

/// <summary>Which engine is simulated.</summary>
public enum EngineKind
{
    /// <summary>vLLM.</summary>
    Vllm,

    /// <summary>SGLang.</summary>
    Sglang,
}
