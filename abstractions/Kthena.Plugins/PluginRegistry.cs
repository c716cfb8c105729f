using System.Collections.Immutable;
using System.Text.Json;
using Kthena.Model;
using Kthena.Plugins.BuiltIn;

namespace Kthena.Plugins;

/// <summary>
/// Plugins by name. Admission checks <c>spec.plugins</c> against the registry that it is given, and the control plane builds
/// chains from its own: a host gives both the same.
/// </summary>
public sealed class PluginRegistry
{
    /// <summary>The plugins that come along.</summary>
    public static readonly PluginRegistry BuiltIn = new PluginRegistry(
        ImmutableSortedDictionary.Create<string, Func<PluginConfig, IPodPlugin>>(StringComparer.Ordinal))
        .With(DemoPodTweaks.Name, static config => new DemoPodTweaks(config))
        .With(LwsStandardLabels.Name, static _ => new LwsStandardLabels());

    private readonly ImmutableSortedDictionary<string, Func<PluginConfig, IPodPlugin>> _factories;

    private PluginRegistry(ImmutableSortedDictionary<string, Func<PluginConfig, IPodPlugin>> factories) => _factories = factories;

    /// <summary>The names, ascending.</summary>
    public IEnumerable<string> Names => _factories.Keys;

    /// <summary>A registry with one plugin more.</summary>
    /// <param name="name">The name that <c>spec.plugins[].name</c> gives.</param>
    /// <param name="create">
    /// Makes a plugin from its settings. What is wrong with them it tells with <see cref="PluginConfig.Invalid"/>, all of it;
    /// the plugin is then thrown away.
    /// </param>
    /// <exception cref="ArgumentException">The name is taken or empty.</exception>
    public PluginRegistry With(string name, Func<PluginConfig, IPodPlugin> create)
    {
        if (name.Length == 0 || _factories.ContainsKey(name))
            throw new ArgumentException($"The plugin name '{name}' is empty or taken.", nameof(name));
        return new PluginRegistry(_factories.Add(name, create));
    }

    /// <summary>Everything that is wrong with a list of plugins.</summary>
    /// <param name="plugins"><c>spec.plugins</c>; undefined for none.</param>
    public ImmutableArray<PluginError> Check(JsonElement plugins) => Build(plugins).Errors;

    /// <summary>The chain that a list of plugins means. One with errors makes no pod.</summary>
    /// <param name="plugins"><c>spec.plugins</c>; absent for none.</param>
    public PluginChain Build(RawJson plugins)
    {
        if (plugins.IsAbsent)
            return PluginChain.Empty;
        using JsonDocument document = JsonDocument.Parse(plugins.Utf8);
        return Build(document.RootElement);
    }

    private PluginChain Build(JsonElement plugins)
    {
        var links = ImmutableArray.CreateBuilder<PluginLink>();
        var errors = new List<PluginError>();
        if (plugins.ValueKind == JsonValueKind.Array)
        {
            // Settings outlive the document that they came in.
            int at = 0;
            foreach (JsonElement plugin in plugins.Clone().EnumerateArray())
                Add(plugin, $"spec.plugins[{at++}]", links, errors);
        }
        return links.Count == 0 && errors.Count == 0 ? PluginChain.Empty : new PluginChain(links.ToImmutable(), [.. errors]);
    }

    private void Add(JsonElement plugin, string path, ImmutableArray<PluginLink>.Builder links, List<PluginError> errors)
    {
        string name = Text(plugin, "name") ?? "";
        if (Text(plugin, "type") is { } type && type != "BuiltIn")
            errors.Add(new PluginError($"{path}.type", $"'{type}' is no type of plugins: BuiltIn"));
        PluginScope scope = PluginScope.Parse(Member(plugin, "scope"), $"{path}.scope", errors);
        if (!_factories.TryGetValue(name, out Func<PluginConfig, IPodPlugin>? create))
        {
            errors.Add(new PluginError($"{path}.name", $"no plugin is called '{name}'; known are {string.Join(", ", Names)}"));
            return;
        }
        var config = new PluginConfig(Member(plugin, "config"), $"{path}.config");
        try
        {
            links.Add(new PluginLink(name, create(config), scope));
            errors.AddRange(config.Errors);
        }
        catch (Exception exception)
        {
            // Whatever it throws, its author meant the settings.
            errors.AddRange(config.Errors.Length > 0 ? config.Errors : [new PluginError($"{path}.config", exception.Message)]);
        }
    }

    private static JsonElement Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? value
            : default;

    private static string? Text(JsonElement json, string name) =>
        Member(json, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
