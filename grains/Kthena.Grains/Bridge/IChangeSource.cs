using System.Collections.Immutable;
using Kthena.Model.Resources;

namespace Kthena.Grains.Bridge;

/// <summary>The changes that this silo's informers see.</summary>
public interface IChangeSource
{
    /// <summary>Follows a kind from now on, beginning with every object that the cache holds.</summary>
    /// <param name="kind">The kind.</param>
    IChangeSubscription Subscribe(ResourceKind kind);
}

/// <summary>One follower of one kind. Changes of one object that were not taken yet are one change.</summary>
public interface IChangeSubscription : IDisposable
{
    /// <summary>Waits for changes and takes all that are there.</summary>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    Task<ImmutableArray<ObservedObject>> TakeAsync(CancellationToken cancellation);
}

/// <summary>What changed, as far as a router of changes needs it. It does not leave the silo.</summary>
/// <param name="Metadata">The object's metadata, of a deleted object the last that was seen.</param>
/// <param name="Version">The version of the change.</param>
public sealed record ObservedObject(ObjectMeta Metadata, long Version);
