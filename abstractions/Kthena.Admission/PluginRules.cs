using System.Text.Json;
using Kthena.Plugins;

namespace Kthena.Admission;

/// <summary>The rules of <c>spec.plugins</c>: names that are registered, settings that their plugins can use, roles that are there.</summary>
internal static class PluginRules
{
    public static void Check(JsonElement json, PluginRegistry registry, ErrorList errors)
    {
        JsonElement spec = json.Member("spec");
        JsonElement plugins = spec.Member("plugins");
        foreach (PluginError error in registry.Check(plugins))
            errors.Invalid(error.Field, error.Message);
        var roles = spec.Member("template").List("roles").Select(static role => role.Text("name")).ToHashSet();
        int at = 0;
        foreach (JsonElement plugin in spec.List("plugins"))
        {
            int role = 0;
            foreach (JsonElement name in plugin.Member("scope").List("roles"))
            {
                if (name.ValueKind == JsonValueKind.String && !roles.Contains(name.GetString()))
                    errors.Invalid($"spec.plugins[{at}].scope.roles[{role}]", $"role {name.GetString()} does not exist in template.roles", name);
                role++;
            }
            at++;
        }
    }
}
