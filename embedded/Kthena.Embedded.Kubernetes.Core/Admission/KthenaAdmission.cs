using System.Collections.Immutable;
using Kthena.Admission;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Admission;

/// <summary>The platform's own rules, <see cref="AdmissionRules"/>, as a plug-in.</summary>
public sealed class KthenaAdmission : IAdmissionPlugin
{
    /// <inheritdoc/>
    public bool Covers(ResourceKind kind) => AdmissionRules.Cover(kind);

    /// <inheritdoc/>
    public ImmutableArray<AdmissionPatch> Mutate(AdmissionReview review) => AdmissionRules.Mutate(review.Kind, review.New);

    /// <inheritdoc/>
    public AdmissionVerdict Review(AdmissionReview review) => new(
        AdmissionRules.CheckDefinition(review.Kind, review.New, review.Old),
        AdmissionRules.Check(review.Kind, review.New, review.Old));
}
