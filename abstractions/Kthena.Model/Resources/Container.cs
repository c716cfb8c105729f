using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>What our code reads of a container's spec.</summary>
/// <param name="Name">The container's name, unique in the pod.</param>
/// <param name="Image">The image reference.</param>
public sealed record Container(string Name, string Image)
{
    /// <summary>The entry point's replacement; empty for the image's own.</summary>
    public ImmutableArray<string> Command { get; init; } = [];

    /// <summary>The arguments.</summary>
    public ImmutableArray<string> Args { get; init; } = [];

    /// <summary>Variables with literal values; those taken from elsewhere are absent.</summary>
    public LabelSet Env { get; init; } = LabelSet.Empty;

    /// <summary>The declared ports.</summary>
    public ImmutableArray<int> Ports { get; init; } = [];

    /// <summary>Reads one entry of <c>spec.containers</c>.</summary>
    /// <param name="json">The entry.</param>
    public static Container Parse(JsonElement json) => new(json.Text("name") ?? "", json.Text("image") ?? "")
    {
        Command = json.Texts("command"),
        Args = json.Texts("args"),
        Env = LabelSet.From(json.Items("env", static variable => (Name: variable.Text("name") ?? "", Value: variable.Text("value")))
            .Where(static variable => variable.Value is not null)
            .Select(static variable => KeyValuePair.Create(variable.Name, variable.Value!))),
        Ports = json.Items("ports", static port => port.Int32("containerPort") ?? 0),
    };
}
