using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Model.Resources;

/// <summary>The desired state of a ModelServing.</summary>
public sealed record ModelServingSpec
{
    /// <summary>The number of ServingGroups.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>The scheduler's name, copied onto every pod over the template's own.</summary>
    public string SchedulerName { get; init; } = "volcano";

    /// <summary>What happens when a pod of a group fails.</summary>
    public RecoveryPolicy RecoveryPolicy { get; init; } = RecoveryPolicy.RoleRecreate;

    /// <summary>How a changed template reaches running groups.</summary>
    public RolloutStrategy RolloutStrategy { get; init; } = new();

    /// <summary>How long a failed pod may recover by itself.</summary>
    public TimeSpan RestartGracePeriod { get; init; }

    /// <summary>How many ControllerRevisions that nothing uses are kept; null is ten. Unknown to upstream.</summary>
    public int? RevisionHistoryLimit { get; init; }

    /// <summary>How much of a group must be placed at once; null for all of it.</summary>
    public GangPolicy? GangPolicy { get; init; }

    /// <summary>How close to each other pods must be.</summary>
    public NetworkTopology NetworkTopology { get; init; } = new();

    /// <summary><c>spec.plugins</c> as it came; absent for none. It is no part of a revision.</summary>
    public RawJson Plugins { get; init; }

    /// <summary>The roles of one ServingGroup, in spec order.</summary>
    public ImmutableArray<RoleSpec> Roles { get; init; } = [];

    /// <summary><c>spec.template.roles</c> as it came: the content of a revision.</summary>
    public RawJson RolesJson { get; init; }

    /// <summary>Reads <c>spec</c>.</summary>
    /// <param name="json">The spec; undefined gives the defaults.</param>
    /// <exception cref="FormatException">A field has the wrong JSON type, or an unknown policy is named.</exception>
    public static ModelServingSpec Parse(JsonElement json)
    {
        JsonElement template = json.Field("template");
        return new ModelServingSpec
        {
            Replicas = json.Int32("replicas") ?? 1,
            SchedulerName = json.Text("schedulerName") ?? "volcano",
            RecoveryPolicy = json.Text("recoveryPolicy") switch
            {
                null or "RoleRecreate" => RecoveryPolicy.RoleRecreate,
                "ServingGroupRecreate" => RecoveryPolicy.ServingGroupRecreate,
                "None" => RecoveryPolicy.None,
                string other => throw new FormatException($"Field 'recoveryPolicy' has the unknown value '{other}'."),
            },
            RolloutStrategy = RolloutStrategy.Parse(json.Field("rolloutStrategy")),
            RestartGracePeriod = TimeSpan.FromSeconds(template.Int64("restartGracePeriodSeconds") ?? 0),
            Plugins = RawJson.From(json.Field("plugins")),
            GangPolicy = GangPolicy.Parse(template.Field("gangPolicy")),
            NetworkTopology = NetworkTopology.Parse(template.Field("networkTopology")),
            RevisionHistoryLimit = json.Int32("revisionHistoryLimit"),
            Roles = template.Items("roles", RoleSpec.Parse),
            RolesJson = RawJson.From(template.Field("roles")),
        };
    }
}
