using System.Collections.Immutable;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>What keeps a spec that got past admission from being planned.</summary>
internal static class SpecProblems
{
    private const int NameMax = 63;

    /// <summary>The problems, each with its field; empty for a spec that can be planned.</summary>
    /// <param name="serving">The ModelServing.</param>
    public static ImmutableArray<string> Of(ModelServing serving) => [.. Find(serving)];

    private static IEnumerable<string> Find(ModelServing serving)
    {
        ModelServingSpec spec = serving.Spec;
        if (spec.Replicas < 0)
            yield return "spec.replicas: negative";
        if (spec.Roles.Length == 0)
            yield return "spec.template.roles: no role";
        if (spec is { RecoveryPolicy: RecoveryPolicy.ServingGroupRecreate, RolloutStrategy.IsRoleRollingUpdate: true })
            yield return "spec.rolloutStrategy.type: RoleRollingUpdate replaces roles where ServingGroupRecreate rebuilds whole groups";
        var names = new SortedSet<string>(StringComparer.Ordinal);
        for (int at = 0; at < spec.Roles.Length; at++)
        {
            RoleSpec role = spec.Roles[at];
            string path = $"spec.template.roles[{at}]";
            if (!names.Add(role.Name))
                yield return $"{path}.name: '{role.Name}' is there twice";
            if (!IsLabel(role.Name))
                yield return $"{path}.name: '{role.Name}' is no DNS label";
            if (role.Replicas < 0)
                yield return $"{path}.replicas: negative";
            if (role.WorkerReplicas < 0)
                yield return $"{path}.workerReplicas: negative";
            if (role is { WorkerReplicas: > 0, WorkerTemplate: null })
                yield return $"{path}.workerTemplate: missing";
            var last = new RoleKey(new GroupKey(serving.Metadata.Key, Math.Max(0, spec.Replicas - 1)), role.Name, Math.Max(0, role.Replicas - 1));
            if (last.PodName(Math.Max(0, role.WorkerReplicas)) is { Length: > NameMax } name)
                yield return $"{path}: the pod name '{name}' is longer than {NameMax} characters";
        }
    }

    private static bool IsLabel(string name) =>
        name.Length > 0
        && char.IsAsciiLetterLower(name[0])
        && name[^1] != '-'
        && name.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');
}
