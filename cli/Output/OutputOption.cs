using System.CommandLine;

namespace Kthena.Cli.Output;

/// <summary>The option <c>-o</c> of commands that print something.</summary>
internal static class OutputOption
{
    /// <summary>Makes the option: a table for people, or JSON.</summary>
    public static Option<string> Create()
    {
        var option = new Option<string>("--output", "-o")
        {
            Description = "table or json.",
            HelpName = "FORMAT",
            DefaultValueFactory = static _ => "table",
        };
        option.AcceptOnlyFromAmong("table", "json");
        return option;
    }
}
