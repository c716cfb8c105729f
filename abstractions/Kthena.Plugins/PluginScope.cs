using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Plugins;

/// <summary>Which pods a plugin is asked about.</summary>
/// <param name="Roles">The roles; all when empty.</param>
/// <param name="Entries">Whether entry pods are.</param>
/// <param name="Workers">Whether worker pods are.</param>
internal sealed record PluginScope(ImmutableArray<string> Roles, bool Entries, bool Workers)
{
    public bool Covers(PluginPod pod) =>
        (Roles.Length == 0 || Roles.Contains(pod.Role)) && (pod.IsEntry ? Entries : Workers);

    /// <summary>Reads a scope.</summary>
    /// <param name="json">The scope; undefined for all pods.</param>
    /// <param name="path">Its path.</param>
    /// <param name="errors">Takes what is wrong with it.</param>
    public static PluginScope Parse(JsonElement json, string path, ICollection<PluginError> errors)
    {
        var roles = ImmutableArray.CreateBuilder<string>();
        string target = "";
        if (json.ValueKind == JsonValueKind.Object)
        {
            if (json.TryGetProperty("roles", out JsonElement names) && names.ValueKind == JsonValueKind.Array)
                roles.AddRange(names.EnumerateArray().Select(static name => name.ToString()));
            if (json.TryGetProperty("target", out JsonElement told) && told.ValueKind == JsonValueKind.String)
                target = told.GetString()!;
        }
        if (target is not ("" or "All" or "Entry" or "Worker"))
            errors.Add(new PluginError($"{path}.target", $"'{target}' is no target: All, Entry or Worker"));
        return new PluginScope(roles.ToImmutable(), target is not "Worker", target is not "Entry");
    }
}
