using System.Collections.Immutable;
using System.Text.Json;
using Kthena.Model.Resources;

namespace Kthena.Admission;

/// <summary>All rules beyond schemas, by kind. Objects are taken as they come out of schema validation and defaulting.</summary>
public static class AdmissionRules
{
    /// <summary>Whether there are rules for a kind.</summary>
    /// <param name="kind">The kind.</param>
    public static bool Cover(ResourceKind kind) =>
        kind == ResourceKinds.ModelServing || kind == ResourceKinds.ModelServer || kind == ResourceKinds.ModelRoute;

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
        return errors.ToImmutable();
    }

    /// <summary>The rules of the admission webhooks.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="json">The object as it would be stored.</param>
    /// <returns>Every broken rule.</returns>
    public static ImmutableArray<AdmissionError> Check(ResourceKind kind, JsonElement json)
    {
        var errors = new ErrorList();
        if (kind == ResourceKinds.ModelServing)
            ModelServingRules.Check(json, errors);
        else if (kind == ResourceKinds.ModelRoute)
            ModelRouteRules.Check(json, errors);
        else if (kind == ResourceKinds.ModelServer)
            ModelServerRules.Check(json, errors);
        return errors.ToImmutable();
    }

    /// <summary>The text of a denial: one line for each error below the first.</summary>
    /// <param name="errors">The errors; at least one.</param>
    public static string Denial(IEnumerable<AdmissionError> errors) =>
        "validation failed:\n" + string.Join('\n', errors.Select(static error => $"  - {error}"));
}
