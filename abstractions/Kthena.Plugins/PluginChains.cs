using Kthena.Model;

namespace Kthena.Plugins;

/// <summary>Keeps chains by the text of <c>spec.plugins</c>, so that each is built once and not for every pod. For many threads.</summary>
/// <param name="registry">The plugins that there are.</param>
public sealed class PluginChains(PluginRegistry registry)
{
    private const int ChainsMax = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<RawJson, PluginChain> _chains = [];

    /// <summary>The chain of a list of plugins.</summary>
    /// <param name="plugins"><c>spec.plugins</c>; absent for none.</param>
    public PluginChain Of(RawJson plugins)
    {
        if (plugins.IsAbsent)
            return PluginChain.Empty;
        lock (_gate)
        {
            if (_chains.TryGetValue(plugins, out PluginChain? known))
                return known;
            // Specs that were edited long ago are not asked for again; those in use come back at once.
            if (_chains.Count >= ChainsMax)
                _chains.Clear();
            return _chains[plugins] = registry.Build(plugins);
        }
    }
}
