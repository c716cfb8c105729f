namespace Kthena.Plugins;

/// <summary>One thing that is wrong with <c>spec.plugins</c>.</summary>
/// <param name="Field">The field's path, such as <c>spec.plugins[0].config.env[1].name</c>.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record PluginError(string Field, string Message)
{
    /// <summary>Field and message.</summary>
    public override string ToString() => $"{Field}: {Message}";
}
