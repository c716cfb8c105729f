using System.Collections.Immutable;
using Kthena.Admission;
using Kthena.Model.Resources;
using Kthena.Plugins;

namespace Kthena.Embedded.Kubernetes.Core.Admission;

/// <summary>The platform's own rules, <see cref="AdmissionRules"/>, as a plug-in.</summary>
/// <param name="plugins">The plugins that ModelServings may name; null for those that come along.</param>
public sealed class KthenaAdmission(PluginRegistry? plugins = null) : IAdmissionPlugin
{
    /// <inheritdoc/>
    public bool Covers(ResourceKind kind) => AdmissionRules.Cover(kind);

    /// <inheritdoc/>
    public ImmutableArray<AdmissionPatch> Mutate(AdmissionReview review) => AdmissionRules.Mutate(review.Kind, review.New);

    /// <inheritdoc/>
    public AdmissionVerdict Review(AdmissionReview review) => new(
        AdmissionRules.CheckDefinition(review.Kind, review.New, review.Old),
        AdmissionRules.Check(review.Kind, review.New, review.Old, plugins));
}
