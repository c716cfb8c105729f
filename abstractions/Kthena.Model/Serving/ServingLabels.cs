namespace Kthena.Model.Serving;

/// <summary>
/// Labels and annotations of the objects that make up a ModelServing. They are the wire contract with users of
/// volcano-sh/kthena (its <c>pkg/apis/workload</c>): selectors, dashboards and other controllers rely on each.
/// </summary>
public static class ServingLabels
{
    /// <summary>The ModelServing's name.</summary>
    public const string Name = "modelserving.volcano.sh/name";

    /// <summary>The ServingGroup's name, <c>ms-g</c>.</summary>
    public const string GroupName = "modelserving.volcano.sh/group-name";

    /// <summary>The role's name.</summary>
    public const string Role = "modelserving.volcano.sh/role";

    /// <summary>The role instance, <c>role-r</c>.</summary>
    public const string RoleId = "modelserving.volcano.sh/role-id";

    /// <summary><c>"true"</c> on entry pods, absent on workers.</summary>
    public const string Entry = "modelserving.volcano.sh/entry";

    /// <summary>The revision of the roles that the pod was made from.</summary>
    public const string Revision = "modelserving.volcano.sh/revision";

    /// <summary>The hash of the one role that the pod was made from.</summary>
    public const string RoleTemplateHash = "modelserving.volcano.sh/role-template-hash";

    /// <summary>Annotation of a ModelServing: the disruptive step that is under way.</summary>
    public const string Operations = "modelserving.volcano.sh/operations";

    /// <summary>
    /// Annotation of a ModelServing: how far whoever wrote <see cref="Operations"/> last knew the pods, as a resource version. Who
    /// knows less may still count what those steps took away.
    /// </summary>
    public const string PodsSeen = "modelserving.volcano.sh/pods-seen";

    /// <summary>Annotation of a ModelServing: the revision that a rollback left.</summary>
    public const string RollbackFrom = "modelserving.volcano.sh/rollback-from";

    /// <summary>
    /// Annotation of an entry pod: every pod of the role instance was there once, so one that is missing was lost. Under
    /// ServingGroupRecreate every pod of the group was, and the value counts its role instances, such as <c>decode=2,prefill=1</c>;
    /// else it is <c>"true"</c>.
    /// </summary>
    public const string Assembled = "modelserving.volcano.sh/assembled";

    /// <summary>
    /// Annotation of a role's entry template: when the workers of an instance are made; absent is at once. With
    /// <see cref="AfterEntryReady"/> they are made when the entry pod is ready.
    /// </summary>
    public const string WorkersStart = "modelserving.volcano.sh/workers-start";

    /// <summary>The value of <see cref="WorkersStart"/>.</summary>
    public const string AfterEntryReady = "AfterEntryReady";

    /// <summary>Annotation of a pod: since when it takes no new requests because it is about to be deleted.</summary>
    public const string Draining = "modelserving.volcano.sh/draining";

    /// <summary>Annotation of a ModelServing: how many seconds its pods drain before they are deleted; 5 when absent, 0 for not at all.</summary>
    public const string DrainSeconds = "modelserving.volcano.sh/drain-seconds";

    /// <summary>Annotation of a pod: how many times in a row its role instance was rebuilt before.</summary>
    public const string BackoffStep = "modelserving.volcano.sh/backoff-step";

    /// <summary>
    /// Annotation of a ModelServing, followed by <c>group.role.instance</c>: <see cref="BackoffStep"/> of the pods to create
    /// next. It is there only while a role instance that failed has no pod left to bear it.
    /// </summary>
    public const string BackoffOf = "backoff.modelserving.volcano.sh/";

    /// <summary>Annotation of a pod: restarts up to this count were forgiven.</summary>
    public const string RestartBaseline = "modelserving.volcano.sh/restart-baseline";

    /// <summary>Annotation of a pod by which users order scale-down: lower goes first, 0 when absent.</summary>
    public const string PodDeletionCost = "controller.kubernetes.io/pod-deletion-cost";
}
