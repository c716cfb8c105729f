using System.Text.Json;

namespace Kthena.Admission;

/// <summary>
/// How prefill and decode workers of a model booster hand over their KV caches: both speak of it or neither does, each in
/// its own role, over connectors of one type. The outcome does not depend on the order of the workers.
/// </summary>
internal static class KvTransferRules
{
    private static readonly string[] Sides = ["prefill", "decode"];

    public static void Check(JsonElement[] workers, string path, ErrorList errors)
    {
        var settings = new SortedDictionary<string, (string Path, JsonElement Value)>(StringComparer.Ordinal);
        foreach (string side in Sides)
        {
            int[] found = [.. Enumerable.Range(0, workers.Length).Where(at => ModelBoosterRules.TypeOf(workers[at]) == side)];
            if (found.Length > 1)
                errors.Invalid(path, $"there can be at most one worker of type {side}, not {found.Length}");
            if (found.Length != 1)
                continue;
            (string name, JsonElement value) = Find(workers[found[0]].Member("config"));
            settings[side] = ($"{path}[{found[0]}].config.{name}", value);
        }
        if (settings.Count < Sides.Length || settings.Values.All(static setting => setting.Value.ValueKind == JsonValueKind.Undefined))
            return;
        var types = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string side in Sides)
        {
            (string here, JsonElement value) = settings[side];
            if (value.ValueKind == JsonValueKind.Undefined)
                errors.Required(here, $"prefill and decode workers must both set kv-transfer-config or neither: the {side} worker does not");
            else if (ConnectorType(side, here, value, errors) is { } type)
                types[side] = type;
        }
        if (types.Count == Sides.Length && types["prefill"] != types["decode"])
        {
            errors.Invalid(settings["decode"].Path,
                $"prefill and decode workers must use connectors of one type, not {types["prefill"]} and {types["decode"]}");
        }
    }

    /// <summary>The setting under either spelling: both become the same engine argument.</summary>
    private static (string Name, JsonElement Value) Find(JsonElement config)
    {
        const string name = "kv-transfer-config";
        const string other = "kv_transfer_config";
        if (config.ValueKind != JsonValueKind.Object)
            return (name, default);
        if (!config.TryGetProperty(name, out JsonElement value) && config.TryGetProperty(other, out value))
            return (other, value);
        return (name, value);
    }

    /// <summary>Checks one side's setting and says which type of connector it names; null when it is unusable.</summary>
    private static string? ConnectorType(string side, string path, JsonElement value, ErrorList errors)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            errors.Invalid(path, "must be a string that holds JSON", value);
            return null;
        }
        JsonElement json;
        try
        {
            json = JsonElement.Parse(value.GetString()!);
        }
        catch (JsonException)
        {
            errors.Invalid(path, "is not JSON", value);
            return null;
        }
        string connector = json.Text("kv_connector") ?? "";
        string? type = connector switch
        {
            "LMCacheConnectorV1" => "lmcache",
            "MooncakeConnector" or "MooncakeConnectorV1" => "mooncake",
            "NixlConnector" => "nixl",
            _ => null,
        };
        if (type is null)
        {
            errors.Invalid(path,
                $"kv_connector {JsonReading.Quote(connector)} is unknown; known are LMCacheConnectorV1, MooncakeConnector, MooncakeConnectorV1 and NixlConnector");
        }
        string own = side == "prefill" ? "kv_producer" : "kv_consumer";
        string role = json.Text("kv_role") ?? "";
        if (role != own && role != "kv_both")
            errors.Invalid(path, $"kv_role {JsonReading.Quote(role)} does not fit a {side} worker: {own} or kv_both does");
        return type;
    }
}
