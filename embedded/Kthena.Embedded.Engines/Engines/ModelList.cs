using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Kthena.Embedded.Engines;

/// <summary>The names that an engine answers to: its model's, and those of adapters that come and go.</summary>
internal sealed class ModelList(EngineProfile profile, int modelLength, DateTimeOffset created)
{
    private ImmutableArray<LoraAdapter> _adapters = profile.Adapters;

    /// <summary>The model's first name.</summary>
    public string Model => profile.ServedModelNames[0];

    public bool Contains(string name) =>
        profile.ServedModelNames.Contains(name) || _adapters.Any(adapter => adapter.Name == name);

    /// <summary>Adds an adapter; false when the name is taken.</summary>
    public bool Load(LoraAdapter adapter)
    {
        if (Contains(adapter.Name))
            return false;
        ImmutableInterlocked.Update(ref _adapters, static (list, added) => list.Add(added), adapter);
        return true;
    }

    /// <summary>Removes an adapter; false when there is none of that name.</summary>
    public bool Unload(string name) =>
        ImmutableInterlocked.Update(ref _adapters, static (list, gone) => list.RemoveAll(adapter => adapter.Name == gone), name);

    /// <summary>The answer of <c>/v1/models</c>.</summary>
    public JsonObject ToJson()
    {
        string owner = profile.Kind == EngineKind.Vllm ? "vllm" : "sglang";
        var data = new JsonArray();
        foreach (string name in profile.ServedModelNames)
            data.Add(Entry(name, owner, profile.ModelPath, parent: null));
        foreach (LoraAdapter adapter in _adapters)
            data.Add(Entry(adapter.Name, owner, adapter.Path, Model));
        return new JsonObject { ["object"] = "list", ["data"] = data };
    }

    private JsonObject Entry(string id, string owner, string root, string? parent) => new()
    {
        ["id"] = id,
        ["object"] = "model",
        ["created"] = created.ToUnixTimeSeconds(),
        ["owned_by"] = owner,
        ["root"] = root,
        ["parent"] = parent,
        ["max_model_len"] = modelLength,
    };
}
