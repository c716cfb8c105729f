using Kthena.Model.Serving;
using Kthena.Plugins;

namespace Kthena.Planning.Tests.Toy;

/// <summary>The part of the toy that has to do with plugins.</summary>
internal sealed partial class ToyCluster
{
    private readonly Dictionary<RoleKey, int> _pluginFailures = [];
    private DateTimeOffset? _until;

    /// <summary>The plugins that ModelServings may name.</summary>
    public PluginRegistry Plugins { get; init; } = PluginRegistry.BuiltIn;

    /// <summary>Settles for a while where plans never come to an end, because something is tried again and again.</summary>
    public void SettleFor(TimeSpan span)
    {
        _until = Now + span;
        Settle();
        _until = null;
    }
}
