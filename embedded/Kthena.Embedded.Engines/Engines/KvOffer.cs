using System.Text.Json;

namespace Kthena.Embedded.Engines;

/// <summary>Where an engine keeps the KV cache of a prompt for another one, as vLLM's NIXL connector tells it.</summary>
/// <param name="Pod">The pod, as <c>namespace/name</c>.</param>
/// <param name="PromptTokens">The tokens of the prompt.</param>
internal sealed record KvOffer(string Pod, int PromptTokens)
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("kv_transfer_params");
        json.WriteBoolean("do_remote_prefill", true);
        json.WriteBoolean("do_remote_decode", false);
        json.WriteString("remote_engine_id", Pod);
        json.WriteStartArray("remote_block_ids");
        for (int block = 0; block * PrefixCache.BlockTokens < PromptTokens; block++)
            json.WriteNumberValue(block);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
