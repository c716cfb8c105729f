using System.Globalization;
using System.Text.Json;

namespace Kthena.Admission;

/// <summary>The rules of model boosters. Numbers in comments are those of upstream's list.</summary>
internal static class ModelBoosterRules
{
    private const string Backend = "spec.backend";
    private const string Workers = $"{Backend}.workers";
    private const int ReplicasMost = 1_000_000;
    private const int PortMost = 65535;

    /// <summary>Where an engine listens that is told nothing.</summary>
    private const int PortDefault = 8000;

    /// <summary>Engines of which one worker serves whole requests.</summary>
    private static readonly string[] WholeEngines = ["vLLM", "SGLang", "MindIE"];

    public static void Check(JsonElement json, ErrorList errors)
    {
        JsonElement backend = json.Member("spec").Member("backend");
        // 1
        if (backend.Number("replicas") is { } replicas and > ReplicasMost)
            errors.Invalid($"{Backend}.replicas", $"replicas ({replicas}) cannot exceed {ReplicasMost}", backend.Member("replicas"));
        JsonElement[] workers = [.. backend.List("workers")];
        for (int at = 0; at < workers.Length; at++)
            CheckImage(workers[at], at, errors);
        string type = backend.Text("type") ?? "";
        CheckWorkerTypes(type, workers, backend.Member("workers"), errors);
        if (type is "vLLM" or "vLLMDisaggregated")
            CheckPorts(workers, errors);
        ModelSourceRules.Check(backend, Backend, errors);
        if (type == "vLLMDisaggregated")
            KvTransferRules.Check(workers, Workers, errors);
    }

    /// <summary>The worker's type; that of the schema's default when it names none.</summary>
    public static string TypeOf(JsonElement worker) => worker.Text("type") ?? "server";

    /// <summary>2.</summary>
    private static void CheckImage(JsonElement worker, int at, ErrorList errors)
    {
        if (worker.Text("image")?.Any(char.IsWhiteSpace) == true)
            errors.Invalid($"{Workers}[{at}].image", "invalid container image reference: image cannot contain whitespace", worker.Member("image"));
    }

    /// <summary>3, 4, 5; and both sides of a disaggregated backend are there, or it could never serve.</summary>
    private static void CheckWorkerTypes(string backendType, JsonElement[] workers, JsonElement list, ErrorList errors)
    {
        if (WholeEngines.Contains(backendType) && workers.Length != 1)
            errors.Invalid(Workers, $"a {backendType} backend must have exactly one worker, of type server");
        for (int at = 0; at < workers.Length; at++)
        {
            string type = TypeOf(workers[at]);
            string? wrong = backendType switch
            {
                "vLLMDisaggregated" when type is not ("prefill" or "decode") => "every worker of a vLLMDisaggregated backend must be of type prefill or decode",
                "MindIEDisaggregated" when type == "server" => "a MindIEDisaggregated backend cannot have a worker of type server",
                _ when WholeEngines.Contains(backendType) && workers.Length == 1 && type != "server" => $"the worker of a {backendType} backend must be of type server",
                _ => null,
            };
            if (wrong is not null)
                errors.Invalid($"{Workers}[{at}].type", wrong, workers[at].Member("type"));
        }
        if (backendType != "vLLMDisaggregated" || !list.IsThere())
            return;
        foreach (string needed in (string[])["prefill", "decode"])
        {
            if (!workers.Any(worker => TypeOf(worker) == needed))
                errors.Required(Workers, $"a vLLMDisaggregated backend needs a worker of type {needed}");
        }
    }

    /// <summary>6: a port where there is one, the same for all engines.</summary>
    private static void CheckPorts(JsonElement[] workers, ErrorList errors)
    {
        int? first = null;
        for (int at = 0; at < workers.Length; at++)
        {
            JsonElement config = workers[at].Member("config");
            if (TypeOf(workers[at]) is not ("server" or "prefill" or "decode"))
                continue;
            int? port = PortDefault;
            string path = $"{Workers}[{at}].config.port";
            // Null is a value here, and no port.
            if (config.ValueKind == JsonValueKind.Object && config.TryGetProperty("port", out JsonElement value))
            {
                port = ReadPort(value);
                if (port is null)
                {
                    errors.Invalid(path, $"the engine port must be an integer between 1 and {PortMost}", value);
                    continue;
                }
            }
            if (first is not null && port != first)
                errors.Invalid(path, $"workers use different engine ports: {first} and {port}", config.Member("port"));
            first ??= port;
        }
    }

    private static int? ReadPort(JsonElement value)
    {
        int port = 0;
        bool isRead = value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetInt32(out port),
            JsonValueKind.String => int.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out port),
            _ => false,
        };
        return isRead && port is > 0 and <= PortMost ? port : null;
    }
}
