namespace Kthena.Plugins;

/// <summary>A plugin failed, or the chain cannot be built.</summary>
public sealed class PluginException : Exception
{
    internal PluginException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
