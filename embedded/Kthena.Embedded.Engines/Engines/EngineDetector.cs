using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Engines;

/// <summary>Tells from a container which engine it would run, and with what settings.</summary>
internal static class EngineDetector
{
    private const string DefaultModel = "simulated-model";

    private static readonly (string Word, EngineKind Kind)[] Images =
    [
        ("vllm", EngineKind.Vllm),
        ("sglang", EngineKind.Sglang),
        ("llm-d-inference-sim", EngineKind.Vllm),
    ];

    /// <summary>The engine of a container; null for a container that runs something else.</summary>
    public static EngineProfile? Detect(Container container)
    {
        ImmutableArray<string> words = CommandLine.Words(container);
        if (KindOf(container.Image, words) is not { } kind)
            return null;
        string model = CommandLine.Option(words, "--model-path", "--model") ?? Positional(words)
            ?? container.Env["MODEL_NAME"] ?? container.Env["MODEL"] ?? DefaultModel;
        ImmutableArray<string> names = CommandLine.Options(words, "--served-model-name");
        if (names.IsEmpty)
            names = [container.Env["SERVED_MODEL_NAME"] ?? container.Env["MODEL_NAME"] ?? model];
        return new EngineProfile(kind, PortOf(container, words, kind))
        {
            ModelPath = model,
            ServedModelNames = names,
            Adapters = [.. CommandLine.Options(words, "--lora-modules", "--lora-paths").Select(ParseAdapter).OfType<LoraAdapter>()],
            OnlyPrefills = CommandLine.Option(words, "--disaggregation-mode") == "prefill",
            RunningRequestsMax = Number(words, "--max-num-seqs", "--max-running-requests"),
            ModelLength = Number(words, "--max-model-len", "--context-length"),
        };
    }

    private static EngineKind? KindOf(string image, ImmutableArray<string> words)
    {
        if (words.Any(static word => word is "sglang.launch_server" or "sglang" or "sglang_router"))
            return EngineKind.Sglang;
        if (words.Any(static word => word is "vllm" || word.StartsWith("vllm.entrypoints", StringComparison.Ordinal)))
            return EngineKind.Vllm;
        foreach ((string word, EngineKind kind) in Images)
        {
            if (image.Contains(word, StringComparison.OrdinalIgnoreCase))
                return kind;
        }
        return null;
    }

    private static int PortOf(Container container, ImmutableArray<string> words, EngineKind kind)
    {
        if (Number(words, "--port") is int asked)
            return asked;
        if (int.TryParse(container.Env["PORT"], NumberStyles.None, CultureInfo.InvariantCulture, out int port))
            return port;
        int declared = container.Ports.FirstOrDefault();
        if (declared > 0)
            return declared;
        return kind == EngineKind.Sglang ? 30000 : 8000;
    }

    /// <summary>The model in <c>vllm serve MODEL</c>.</summary>
    private static string? Positional(ImmutableArray<string> words)
    {
        int serve = words.IndexOf("serve");
        return serve >= 0 && serve + 1 < words.Length && !words[serve + 1].StartsWith('-') ? words[serve + 1] : null;
    }

    private static int? Number(ImmutableArray<string> words, params ReadOnlySpan<string> names) =>
        int.TryParse(CommandLine.Option(words, names), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : null;

    /// <summary><c>name=path</c>, or vLLM's <c>{"name":..,"path":..}</c>.</summary>
    private static LoraAdapter? ParseAdapter(string text)
    {
        if (text.StartsWith('{'))
        {
            try
            {
                using JsonDocument json = JsonDocument.Parse(text);
                return json.RootElement.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String
                    ? new LoraAdapter(name.GetString()!, json.RootElement.TryGetProperty("path", out JsonElement path) ? path.ToString() : "")
                    : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? new LoraAdapter(text[..equals], text[(equals + 1)..]) : null;
    }
}
