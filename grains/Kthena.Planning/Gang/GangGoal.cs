using System.Collections.Immutable;
using Kthena.Model.Serving;

namespace Kthena.Planning.Gang;

/// <summary>What is wanted of a group's PodGroup, with the templates counted, so that a pod event does not count them again.</summary>
public sealed record GangGoal
{
    private readonly ImmutableDictionary<(string Role, string TemplateHash), InstanceDemand> _demands;

    private GangGoal(GroupAssignment assignment, GangTerms terms, ImmutableDictionary<(string, string), InstanceDemand> demands) =>
        (Assignment, Terms, _demands) = (assignment, terms, demands);

    /// <summary>What is wanted of the group.</summary>
    public GroupAssignment Assignment { get; }

    /// <summary>What is wanted of its PodGroup.</summary>
    public GangTerms Terms { get; }

    /// <summary>Counts the templates.</summary>
    /// <param name="assignment">What is wanted of the group.</param>
    /// <returns>Null where the group has no PodGroup.</returns>
    /// <exception cref="FormatException">A field of a role has the wrong JSON type.</exception>
    public static GangGoal? From(GroupAssignment assignment)
    {
        if (assignment.Gang is not { } terms)
            return null;
        var demands = ImmutableDictionary.CreateBuilder<(string, string), InstanceDemand>();
        foreach (RoleDefinition role in assignment.Roles.Concat(assignment.Older.Select(static older => older.Role)))
            demands[(role.Name, role.TemplateHash)] = InstanceDemand.Of(role);
        return new GangGoal(assignment, terms, demands.ToImmutable());
    }

    /// <summary>What an instance of a role takes.</summary>
    internal InstanceDemand DemandOf(RoleDefinition role) =>
        _demands.TryGetValue((role.Name, role.TemplateHash), out InstanceDemand? demand) ? demand : InstanceDemand.Of(role);
}
