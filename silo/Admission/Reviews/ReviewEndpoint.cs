using System.Collections.Frozen;
using Kthena.Model.Resources;

namespace Kthena.Silo.Admission.Reviews;

/// <summary>One path that an API server may be told to ask.</summary>
/// <param name="Path">The path, as in webhook configurations.</param>
/// <param name="Kind">The kind that is asked about.</param>
/// <param name="IsMutation">Whether the answer is a patch; else it is a verdict.</param>
internal sealed record ReviewEndpoint(string Path, ResourceKind Kind, bool IsMutation)
{
    /// <summary>Every path. They are part of the webhook configurations that users have, so none may change.</summary>
    public static readonly FrozenDictionary<string, ReviewEndpoint> All = new ReviewEndpoint[]
    {
        new("/validate-workload-ai-v1alpha1-modelserving", ResourceKinds.ModelServing, IsMutation: false),
        new("/validate/modelbooster", ResourceKinds.ModelBooster, IsMutation: false),
        new("/mutate/modelbooster", ResourceKinds.ModelBooster, IsMutation: true),
        new("/validate/autoscalingpolicy", ResourceKinds.AutoscalingPolicy, IsMutation: false),
        new("/mutate/autoscalingpolicy", ResourceKinds.AutoscalingPolicy, IsMutation: true),
        new("/validate/modelroute", ResourceKinds.ModelRoute, IsMutation: false),
        new("/validate/modelserver", ResourceKinds.ModelServer, IsMutation: false),
        new("/validate/externalmodelprovider", ResourceKinds.ExternalModelProvider, IsMutation: false),
    }.ToFrozenDictionary(static endpoint => endpoint.Path, StringComparer.Ordinal);
}
