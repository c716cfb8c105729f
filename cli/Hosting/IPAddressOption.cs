using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;

namespace Kthena.Cli.Hosting;

/// <summary>Options that take an IP address.</summary>
internal static class IPAddressOption
{
    /// <summary>Makes one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it is for.</param>
    public static Option<IPAddress?> Create(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "IP",
        CustomParser = static result => Parse(result),
    };

    private static IPAddress? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        if (!IPAddress.TryParse(text, out IPAddress? address))
            result.AddError($"'{text}' is no IP address.");
        return address;
    }
}
