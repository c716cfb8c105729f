using System.Collections.Immutable;
using System.Text.Json;
using Kthena.Admission;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Admission;

/// <summary>One object that is about to be created or changed.</summary>
/// <param name="Kind">The object's kind.</param>
/// <param name="New">The object as it would be stored, defaults filled in.</param>
/// <param name="Old">The stored object; null on create.</param>
public sealed record AdmissionReview(ResourceKind Kind, JsonElement New, JsonElement? Old);

/// <summary>What a plug-in found.</summary>
/// <param name="Invalid">Broken rules of the kind's definition (422); when there are any, the denials are not looked at.</param>
/// <param name="Denied">Broken rules of an admission webhook (400).</param>
public sealed record AdmissionVerdict(ImmutableArray<AdmissionError> Invalid, ImmutableArray<AdmissionError> Denied)
{
    /// <summary>Nothing to say.</summary>
    public static readonly AdmissionVerdict Allowed = new([], []);
}

/// <summary>Rules beyond a kind's schema, asked in process where a cluster would ask webhooks.</summary>
public interface IAdmissionPlugin
{
    /// <summary>Whether the plug-in has rules for a kind.</summary>
    /// <param name="kind">The kind.</param>
    bool Covers(ResourceKind kind);

    /// <summary>What is added to an object before it is validated, in order. The status subresource is not asked about.</summary>
    /// <param name="review">The object; it has the defaults of its schema and nothing of it is checked yet.</param>
    ImmutableArray<AdmissionPatch> Mutate(AdmissionReview review);

    /// <summary>Judges one object. The status subresource is not asked about.</summary>
    /// <param name="review">The object.</param>
    AdmissionVerdict Review(AdmissionReview review);
}
