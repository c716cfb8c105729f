using System.Collections.Immutable;
using Kthena.Grains.Facts;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;

namespace Kthena.Grains.Serving;

/// <summary>What a silo's cache holds that a role instance's plan follows from.</summary>
/// <param name="View">How far the cache of pods had come at least.</param>
/// <param name="Serving">The ModelServing; null when it is not there.</param>
/// <param name="Pods">The instance's pods.</param>
/// <param name="Services">Its Services.</param>
internal readonly record struct RoleFacts(long View, ModelServing? Serving, ImmutableArray<Pod> Pods, ImmutableArray<Service> Services)
{
    /// <summary>Reads the cache.</summary>
    /// <param name="facts">The cache.</param>
    /// <param name="role">The instance.</param>
    public static RoleFacts Of(IClusterFacts facts, RoleKey role)
    {
        // Asked before the cache is read: what it gains meanwhile makes the look newer, never older.
        long view = facts.ObservedVersion(ResourceKinds.Pod);
        string key = FactKeys.RoleInstance(role);
        return new RoleFacts(
            view,
            facts.Find<ModelServing>(role.Group.Serving),
            facts.List<Pod>(FactIndex.RoleInstance, key),
            facts.List<Service>(FactIndex.RoleInstance, key));
    }
}
