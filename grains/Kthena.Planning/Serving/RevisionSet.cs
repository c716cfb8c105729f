using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Serving;

/// <summary>
/// The revisions of one ModelServing that are known: the one its spec asks for, and those that ControllerRevisions hold.
/// The roles of an older revision keep their templates; their replicas are those that the spec gives a role of that name
/// now, so scaling a role reaches every group.
/// </summary>
public sealed class RevisionSet
{
    /// <summary>How many ControllerRevisions that nothing uses are kept where the spec does not say.</summary>
    public const int UnusedRevisionsDefault = 10;

    private static readonly RawJson NoRoles = new("[]"u8.ToArray());

    private readonly ImmutableSortedDictionary<string, ImmutableArray<RoleDefinition>> _roles;
    private readonly ImmutableArray<ControllerRevision> _stored;

    private RevisionSet(
        string update,
        ImmutableSortedDictionary<string, ImmutableArray<RoleDefinition>> roles,
        ImmutableArray<ControllerRevision> stored) => (Update, _roles, _stored) = (update, roles, stored);

    /// <summary>The revision that the spec asks for.</summary>
    public string Update { get; }

    /// <summary>Whether the ControllerRevision of <see cref="Update"/> is there.</summary>
    public bool IsUpdateStored => _stored.Any(revision => RevisionOf(revision) == Update);

    /// <summary>Reads the revisions.</summary>
    /// <param name="serving">The ModelServing.</param>
    /// <param name="stored">Its ControllerRevisions; those of another owner are ignored.</param>
    public static RevisionSet Build(ModelServing serving, ImmutableArray<ControllerRevision> stored)
    {
        var roles = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<RoleDefinition>>(StringComparer.Ordinal);
        var canonical = new SortedDictionary<string, RawJson>(StringComparer.Ordinal);
        ImmutableArray<ControllerRevision> owned =
            [.. stored.Where(revision => revision.Metadata.Controller?.Uid == serving.Metadata.Uid && RevisionOf(revision).Length > 0)];
        foreach (ControllerRevision revision in owned)
        {
            if (RolesOf(revision) is not { } json)
                continue;
            canonical[RevisionOf(revision)] = TemplateHash.Canonical(json);
            roles[RevisionOf(revision)] = Define(json, serving.Spec);
        }
        RawJson present = serving.Spec.RolesJson.IsAbsent ? NoRoles : serving.Spec.RolesJson;
        ImmutableArray<RoleDefinition> definitions = Define(present, serving.Spec);
        RawJson wanted = TemplateHash.Canonical(present);
        int collision = 0;
        string update = TemplateHash.Of(wanted);
        while (canonical.TryGetValue(update, out RawJson other) && other != wanted)
            update = TemplateHash.Of(wanted, ++collision);
        string? same = TakeOver(owned, roles, definitions, present);
        if (!canonical.ContainsKey(update))
            update = same ?? Observed(serving, canonical) ?? update;
        roles[update] = definitions;
        return new RevisionSet(update, roles.ToImmutable(), owned);
    }

    /// <summary>The roles of a revision in spec order, or null when nothing tells what it was.</summary>
    /// <param name="revision">The revision.</param>
    public ImmutableArray<RoleDefinition>? RolesOf(string revision) =>
        _roles.TryGetValue(revision, out ImmutableArray<RoleDefinition> roles) ? roles : null;

    /// <summary>The ControllerRevision that keeps <see cref="Update"/>.</summary>
    /// <param name="serving">The ModelServing.</param>
    public CreateObject Store(ModelServing serving)
    {
        NamespacedName owner = serving.Metadata.Key;
        var name = new NamespacedName(owner.Namespace, $"{owner.Name}-{Update}");
        JsonObject json = PlannedJson.OwnedObject(
            ResourceKinds.ControllerRevision,
            name,
            LabelSet.Of((ServingLabels.Name, owner.Name), (ServingLabels.Revision, Update)),
            owner,
            serving.Metadata.Uid);
        json["data"] = new JsonObject { ["data"] = serving.Spec.RolesJson.ToNode() };
        json["revision"] = _stored.Select(static revision => revision.Revision).DefaultIfEmpty().Max() + 1;
        return new CreateObject(ResourceKinds.ControllerRevision, name, json.ToRaw());
    }

    /// <summary>The ControllerRevisions that may go: not in use, and not among the newest of those.</summary>
    /// <param name="used">The revisions in use.</param>
    /// <param name="limit">How many of them are kept.</param>
    public IEnumerable<DeleteObject> Prune(IReadOnlySet<string> used, int limit) =>
        _stored
            .Where(revision => RevisionOf(revision) != Update
                && !used.Contains(RevisionOf(revision))
                && revision.Metadata.DeletionTimestamp is null)
            .OrderByDescending(static revision => revision.Revision)
            .ThenBy(static revision => revision.Metadata.Name, StringComparer.Ordinal)
            .Skip(Math.Max(0, limit))
            .Select(static revision => new DeleteObject(ResourceKinds.ControllerRevision, revision.Metadata.Key, revision.Metadata.Uid));

    /// <summary>
    /// Revisions of another writer have names and texts of its making. The one that means what the spec says is the update
    /// revision, and its roles that mean the same bear the same hashes: then nothing that runs is outdated by a change of
    /// software.
    /// </summary>
    private static string? TakeOver(
        ImmutableArray<ControllerRevision> owned,
        ImmutableSortedDictionary<string, ImmutableArray<RoleDefinition>>.Builder roles,
        ImmutableArray<RoleDefinition> present,
        RawJson presentJson)
    {
        string? same = null;
        RawJson wanted = TemplateLikeness.Of(presentJson);
        foreach (ControllerRevision revision in owned.OrderBy(static revision => revision.Revision))
        {
            string name = RevisionOf(revision);
            if (RolesOf(revision) is not { } json || TemplateHash.Of(TemplateHash.Canonical(json)) == name)
                continue;
            if (TemplateLikeness.Of(json) == wanted)
                same = name;
            roles[name] = [.. roles[name].Select(role => role with { TemplateHash = Like(role, present)?.TemplateHash ?? role.TemplateHash })];
        }
        return same;
    }

    /// <summary>
    /// The revision that the status calls the update while nothing is stored of it, as some releases of upstream leave it. The
    /// status was written for the very spec that is there, so that is what the revision means.
    /// </summary>
    private static string? Observed(ModelServing serving, SortedDictionary<string, RawJson> canonical) =>
        serving.Status is { UpdateRevision: { Length: > 0 } revision } status
        && status.ObservedGeneration == serving.Metadata.Generation
        && !canonical.ContainsKey(revision)
            ? revision
            : null;

    private static RoleDefinition? Like(RoleDefinition role, ImmutableArray<RoleDefinition> present) => present.FirstOrDefault(
        other => other.Name == role.Name && TemplateLikeness.Of(other.Json) == TemplateLikeness.Of(role.Json));

    private static string RevisionOf(ControllerRevision revision) => revision.Metadata.Labels[ServingLabels.Revision] ?? "";

    private static RawJson? RolesOf(ControllerRevision revision)
    {
        if (revision.Data.IsAbsent)
            return null;
        using JsonDocument document = JsonDocument.Parse(revision.Data.Utf8);
        JsonElement root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out JsonElement wrapped))
            root = wrapped;
        return root.ValueKind == JsonValueKind.Array ? RawJson.From(root) : null;
    }

    private static ImmutableArray<RoleDefinition> Define(RawJson roles, ModelServingSpec spec)
    {
        using JsonDocument document = JsonDocument.Parse(roles.Utf8);
        return
        [
            .. document.RootElement.EnumerateArray().Select(element =>
            {
                RoleSpec role = RoleSpec.Parse(element);
                RoleSpec? now = spec.Roles.FirstOrDefault(other => other.Name == role.Name);
                return new RoleDefinition(
                    role.Name,
                    (now ?? role).Replicas,
                    TemplateHash.Of(TemplateHash.Canonical(role.Json)),
                    role.Json);
            }),
        ];
    }
}
