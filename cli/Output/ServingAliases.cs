namespace Kthena.Cli.Output;

/// <summary>What else users call a ModelServing on the command line: upstream's words and kubectl's.</summary>
internal static class ServingAliases
{
    /// <summary>The words beside <c>modelserving</c>.</summary>
    public static readonly string[] All = ["model-serving", "modelservings", "model-servings", "ms"];
}
