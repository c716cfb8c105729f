using System.Collections.Immutable;
using System.Text.Json;
using Kthena.Model.Resources;
using Kthena.Plugins;

namespace Kthena.Admission;

/// <summary>All rules beyond schemas, by kind. Objects are taken as they come out of schema validation and defaulting.</summary>
public static class AdmissionRules
{
    /// <summary>The kinds that have rules.</summary>
    public static ImmutableArray<ResourceKind> Kinds { get; } =
    [
        ResourceKinds.ModelServing, ResourceKinds.ModelBooster, ResourceKinds.AutoscalingPolicy,
        ResourceKinds.ModelServer, ResourceKinds.ModelRoute, ResourceKinds.ExternalModelProvider,
    ];

    /// <summary>Whether there are rules for a kind.</summary>
    /// <param name="kind">The kind.</param>
    public static bool Cover(ResourceKind kind) => Kinds.Contains(kind);

    /// <summary>What admission adds to an object before it is validated, in order.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="json">The object with the defaults of its schema.</param>
    /// <returns>The additions; empty when the object stays as it is.</returns>
    public static ImmutableArray<AdmissionPatch> Mutate(ResourceKind kind, JsonElement json) =>
        kind == ResourceKinds.AutoscalingPolicy ? AutoscalingPolicyDefaults.Missing(json) : [];

    /// <summary>The rules that the kind's definition states in CEL; an API server reports them as invalid fields.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="json">The object as it would be stored.</param>
    /// <param name="old">The stored object, for rules about changes; null on create.</param>
    /// <returns>Every broken rule.</returns>
    public static ImmutableArray<AdmissionError> CheckDefinition(ResourceKind kind, JsonElement json, JsonElement? old)
    {
        var errors = new ErrorList();
        if (kind == ResourceKinds.ModelServing)
            ModelServingRules.CheckDefinition(json, old, errors);
        else if (kind == ResourceKinds.ModelRoute)
            ModelRouteRules.CheckDefinition(json, old, errors);
        else if (kind == ResourceKinds.AutoscalingPolicy)
            AutoscalingPolicyRules.CheckDefinition(json, errors);
        else if (kind == ResourceKinds.ExternalModelProvider)
            ExternalModelProviderRules.CheckDefinition(json, errors);
        return errors.ToImmutable();
    }

    /// <summary>The rules of the admission webhooks.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="json">The object as it would be stored.</param>
    /// <param name="old">The stored object, for rules about changes; null on create.</param>
    /// <param name="plugins">The plugins that the control plane knows; null for those that come along.</param>
    /// <returns>Every broken rule.</returns>
    public static ImmutableArray<AdmissionError> Check(
        ResourceKind kind, JsonElement json, JsonElement? old = null, PluginRegistry? plugins = null)
    {
        var errors = new ErrorList();
        if (kind == ResourceKinds.ModelServing)
        {
            ModelServingRules.Check(json, old, errors);
            PluginRules.Check(json, plugins ?? PluginRegistry.BuiltIn, errors);
        }
        else if (kind == ResourceKinds.ModelRoute)
            ModelRouteRules.Check(json, errors);
        else if (kind == ResourceKinds.ModelServer)
            ModelServerRules.Check(json, errors);
        else if (kind == ResourceKinds.ModelBooster)
            ModelBoosterRules.Check(json, errors);
        else if (kind == ResourceKinds.AutoscalingPolicy)
            AutoscalingPolicyRules.Check(json, errors);
        else if (kind == ResourceKinds.ExternalModelProvider)
            ExternalModelProviderRules.Check(json, errors);
        return errors.ToImmutable();
    }

    /// <summary>
    /// Both sets of rules together, for API servers that do not know the definitions' CEL rules. A field that a webhook's
    /// rule already names is not named again.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="json">The object as it would be stored.</param>
    /// <param name="old">The stored object; null on create.</param>
    /// <param name="plugins">The plugins that the control plane knows; null for those that come along.</param>
    /// <returns>Every broken rule.</returns>
    public static ImmutableArray<AdmissionError> CheckAll(
        ResourceKind kind, JsonElement json, JsonElement? old, PluginRegistry? plugins = null)
    {
        ImmutableArray<AdmissionError> errors = Check(kind, json, old, plugins);
        return errors.AddRange(CheckDefinition(kind, json, old).Where(more => errors.All(error => error.Field != more.Field)));
    }

    /// <summary>The text of a denial: one line for each error below the first.</summary>
    /// <param name="errors">The errors; at least one.</param>
    public static string Denial(IEnumerable<AdmissionError> errors) =>
        "validation failed:\n" + string.Join('\n', errors.Select(static error => $"  - {error}"));
}
