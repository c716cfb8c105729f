using System.Text.Json;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Plugins;

namespace Kthena.Planning.Serving;

/// <summary>An assignment with its template read, so that a pod event does not read it again.</summary>
/// <param name="Assignment">What the group wants.</param>
/// <param name="Spec">The role at the assigned revision.</param>
public sealed record RoleGoal(RoleAssignment Assignment, RoleSpec Spec)
{
    /// <summary>The plugins that change the pods.</summary>
    public PluginChain Plugins { get; private init; } = PluginChain.Empty;

    /// <summary>Reads the template.</summary>
    /// <param name="assignment">What the group wants.</param>
    /// <param name="plugins">The plugins that change the pods; null for none.</param>
    /// <exception cref="FormatException">A field of the role has the wrong JSON type.</exception>
    public static RoleGoal From(RoleAssignment assignment, PluginChain? plugins = null)
    {
        // Of a role that its revision lacks nothing is known, and nothing has to be: it is only taken away.
        if (assignment.Role.Json.IsAbsent)
            return new RoleGoal(assignment, new RoleSpec(assignment.Role.Name) { EntryTemplate = new PodTemplate() });
        using JsonDocument document = JsonDocument.Parse(assignment.Role.Json.Utf8);
        return new RoleGoal(assignment, RoleSpec.Parse(document.RootElement)) { Plugins = plugins ?? PluginChain.Empty };
    }
}
