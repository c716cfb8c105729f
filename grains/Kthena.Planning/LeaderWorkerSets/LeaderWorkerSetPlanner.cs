using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Planning.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.LeaderWorkerSets;

/// <summary>
/// Serves a LeaderWorkerSet by way of a ModelServing of the same name that it owns. One that somebody else owns is told of
/// and never touched. Deleting is left to garbage collection, which follows the owner references.
/// </summary>
public static class LeaderWorkerSetPlanner
{
    /// <summary>Annotation of a ModelServing: the translation that it was last given.</summary>
    public const string TranslationAnnotation = "leaderworkerset.kthena.dev/translation";

    /// <summary>Nothing tells this grain that a ModelServing which is not its own went away.</summary>
    private static readonly TimeSpan NameTakenPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeftOverPause = TimeSpan.FromSeconds(1);

    /// <summary>Plans for one LeaderWorkerSet.</summary>
    /// <param name="observed">What is seen.</param>
    /// <param name="now">The instant of the look.</param>
    public static LeaderWorkerSetPlan Plan(LeaderWorkerSetObservation observed, DateTimeOffset now)
    {
        LeaderWorkerSet set = observed.Set;
        if (set.Metadata.DeletionTimestamp is not null)
            return new LeaderWorkerSetPlan();
        ServingTranslation translation = ServingTranslation.Of(set, observed.HasVolcano);
        Ownership ownership = OwnershipOf(observed);
        bool isMissing = ownership == Ownership.Free && translation.Problem.Length == 0;
        bool isChanged = ownership == Ownership.Ours && translation.Problem.Length == 0 && IsChanged(observed, translation);
        var writes = new List<ClusterWrite>();
        if (isMissing)
            writes.Add(Create(set, translation));
        else if (isChanged)
            writes.Add(Update(observed.Serving!, translation));
        // Names are there before the pods that ask for them; where one cannot be had the set is served first.
        ClusterWrite[] services = ownership is Ownership.Free or Ownership.Ours ? [.. SetServices.Plan(observed, translation, isMissing || isChanged)] : [];
        writes.InsertRange(SetServices.IsRefused(observed.Refusal) ? writes.Count : 0, services);
        PatchObject? status = LeaderWorkerSetConditions.Plan(
            observed, translation, ownership, isMissing || isChanged, now, out TimeSpan? held);
        if (status is not null)
        {
            writes.AddRange(LeaderWorkerSetConditions.Told(observed, ownership));
            writes.Add(status);
        }
        return new LeaderWorkerSetPlan
        {
            Writes = [.. writes],
            Why = string.Join("; ", Reasons(ownership, isMissing, isChanged, services.Length > 0, status is not null)),
            Written = isMissing || isChanged ? new TranslationWrite(translation.Hash, observed.Serving?.Metadata.Generation ?? 0) : null,
            RequeueAfter = held ?? ownership switch
            {
                Ownership.LeftOver => LeftOverPause,
                Ownership.Foreign => NameTakenPause,
                _ => null,
            },
        };
    }

    private static IEnumerable<string> Reasons(Ownership ownership, bool isMissing, bool isChanged, bool isNamed, bool isReported)
    {
        if (isMissing)
            yield return "it has no ModelServing";
        if (isChanged)
            yield return "its ModelServing is not what it says";
        if (isNamed)
            yield return "its Services are not those that its pods are named by";
        if (ownership == Ownership.Foreign)
            yield return "the ModelServing of its name is somebody else's and is left alone";
        if (isReported)
            yield return "the reported status is not what is seen";
    }

    private static Ownership OwnershipOf(LeaderWorkerSetObservation observed)
    {
        if (observed.Serving is not { } serving)
            return Ownership.Free;
        OwnerReference? owner = serving.Metadata.Controller;
        if (owner?.Uid == observed.Set.Metadata.Uid)
            return serving.Metadata.DeletionTimestamp is null ? Ownership.Ours : Ownership.LeftOver;
        return owner is { Kind: "LeaderWorkerSet" } && owner.Name == observed.Set.Metadata.Name ? Ownership.LeftOver : Ownership.Foreign;
    }

    /// <summary>
    /// Whether the ModelServing is not what the translation says. Defaults that the API server fills in are no difference, and
    /// neither is what its definition drops: that is known from the generation that our own write led to.
    /// </summary>
    private static bool IsChanged(LeaderWorkerSetObservation observed, ServingTranslation translation)
    {
        ModelServing serving = observed.Serving!;
        if (serving.Metadata.Annotations[TranslationAnnotation] != translation.Hash)
            return true;
        bool isOurWrite = observed.Written is { } written
            && written.Hash == translation.Hash
            && serving.Metadata.Generation <= written.Generation + 1;
        return !isOurWrite && !translation.IsCoveredBy(serving.Spec);
    }

    private static CreateObject Create(LeaderWorkerSet set, ServingTranslation translation) => new(
        ResourceKinds.ModelServing,
        set.Metadata.Key,
        new JsonObject
        {
            ["apiVersion"] = ResourceKinds.ModelServing.ApiVersion,
            ["kind"] = ResourceKinds.ModelServing.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = set.Metadata.Name,
                ["namespace"] = set.Metadata.Namespace,
                ["annotations"] = translation.Annotations(hasNulls: false),
                ["ownerReferences"] = new JsonArray(OwnerOf(set)),
            },
            ["spec"] = translation.Spec(hasNulls: false),
        }.ToRaw());

    /// <summary>The reference that makes a set the owner of an object.</summary>
    /// <param name="set">The LeaderWorkerSet.</param>
    internal static JsonObject OwnerOf(LeaderWorkerSet set) => new()
    {
        ["apiVersion"] = ResourceKinds.LeaderWorkerSet.ApiVersion,
        ["kind"] = ResourceKinds.LeaderWorkerSet.Kind,
        ["name"] = set.Metadata.Name,
        ["uid"] = set.Metadata.Uid,
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    private static PatchObject Update(ModelServing serving, ServingTranslation translation) => new(
        ResourceKinds.ModelServing,
        serving.Metadata.Key,
        new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = translation.Annotations(hasNulls: true) },
            ["spec"] = translation.Spec(hasNulls: true),
        }.ToRaw(),
        serving.Metadata.ResourceVersion);
}

/// <summary>Whose the ModelServing of the LeaderWorkerSet's name is.</summary>
internal enum Ownership
{
    /// <summary>There is none.</summary>
    Free,

    /// <summary>It belongs to this LeaderWorkerSet.</summary>
    Ours,

    /// <summary>It is being deleted, or belongs to a deleted LeaderWorkerSet of the same name: it will go.</summary>
    LeftOver,

    /// <summary>It belongs to somebody else.</summary>
    Foreign,
}
