using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model;

namespace Kthena.Plugins.BuiltIn;

/// <summary>Sets a runtime class, annotations, and variables of every container: shows what plugins can do, with upstream's settings.</summary>
internal sealed class DemoPodTweaks : IPodPlugin
{
    public const string Name = "demo-pod-tweaks";

    private readonly string? _runtimeClass;
    private readonly LabelSet _annotations;
    private readonly ImmutableArray<RawJson> _variables;

    public DemoPodTweaks(PluginConfig config)
    {
        _runtimeClass = config.Text("runtimeClassName");
        _annotations = config.Texts("annotations");
        ImmutableArray<JsonElement> variables = config.Items("env");
        for (int at = 0; at < variables.Length; at++)
        {
            bool hasName = variables[at].ValueKind == JsonValueKind.Object
                && variables[at].TryGetProperty("name", out JsonElement name)
                && name is { ValueKind: JsonValueKind.String }
                && name.GetString()!.Length > 0;
            if (!hasName)
                config.Invalid($"env[{at}].name", "a variable needs a name");
            // An API server refuses a pod with any other: of "value: yes" YAML makes true.
            if (variables[at].ValueKind == JsonValueKind.Object
                && variables[at].TryGetProperty("value", out JsonElement value)
                && value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
            {
                config.Invalid($"env[{at}].value", "must be a string: put it in quotes");
            }
        }
        _variables = [.. variables.Select(RawJson.From)];
    }

    public void OnPodCreate(PluginPod pod, JsonObject manifest)
    {
        if (manifest["spec"] is not JsonObject spec)
            return;
        if (_runtimeClass is { Length: > 0 })
            spec["runtimeClassName"] = _runtimeClass;
        if (_annotations.Count > 0 && manifest["metadata"] is JsonObject metadata)
        {
            if (metadata["annotations"] is not JsonObject annotations)
                metadata["annotations"] = annotations = [];
            foreach ((string key, string value) in _annotations.Pairs)
                annotations[key] = value;
        }
        foreach (JsonObject container in Containers(spec, "initContainers").Concat(Containers(spec, "containers")))
        {
            if (_variables.Length == 0)
                break;
            if (container["env"] is not JsonArray variables)
                container["env"] = variables = [];
            foreach (RawJson variable in _variables)
                variables.Add(JsonNode.Parse(variable.Utf8.Span));
        }
    }

    private static IEnumerable<JsonObject> Containers(JsonObject spec, string field) =>
        (spec[field] as JsonArray)?.OfType<JsonObject>() ?? [];
}
