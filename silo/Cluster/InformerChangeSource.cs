using Kthena.Grains.Bridge;
using Kthena.Model.Resources;

namespace Kthena.Silo.Cluster;

/// <summary>The changes that this silo's informers see.</summary>
/// <param name="informers">The informers.</param>
internal sealed class InformerChangeSource(InformerSet informers) : IChangeSource
{
    public IChangeSubscription Subscribe(ResourceKind kind) => informers.Subscribe(kind);
}
