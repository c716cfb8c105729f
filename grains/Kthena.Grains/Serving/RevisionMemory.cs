using System.Collections.Immutable;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Planning.Serving;

namespace Kthena.Grains.Serving;

/// <summary>Keeps the revisions as read until the roles or the ControllerRevisions change, so that a pod event hashes nothing.</summary>
internal sealed class RevisionMemory
{
    private RevisionSet? _revisions;
    private RawJson _roles;
    private string _uid = "";
    private ImmutableArray<ControllerRevision> _stored = [];

    /// <summary>The revisions.</summary>
    public RevisionSet Of(ModelServing serving, ImmutableArray<ControllerRevision> stored)
    {
        bool isSame = _revisions is not null
            && serving.Metadata.Uid == _uid
            && serving.Spec.RolesJson == _roles
            && _stored.AsSpan().SequenceEqual(stored.AsSpan());
        if (isSame)
            return _revisions!;
        (_uid, _roles, _stored) = (serving.Metadata.Uid, serving.Spec.RolesJson, stored);
        return _revisions = RevisionSet.Build(serving, stored);
    }
}
