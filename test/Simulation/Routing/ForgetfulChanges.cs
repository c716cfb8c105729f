using System.Collections.Immutable;
using Kthena.Grains.Bridge;
using Kthena.Model.Resources;

namespace Kthena.Simulation.Routing;

/// <summary>Changes of which some are never told, as if the word of them were lost on its way: also where nothing else fails.</summary>
internal sealed class ForgetfulChanges(IChangeSource inner, Func<Random> chance) : IChangeSource
{
    private const double Share = 0.3;

    public IChangeSubscription Subscribe(ResourceKind kind) => new Subscription(inner.Subscribe(kind), chance);

    private sealed class Subscription(IChangeSubscription inner, Func<Random> chance) : IChangeSubscription
    {
        public async Task<ImmutableArray<ObservedObject>> TakeAsync(CancellationToken cancellation) =>
            (await inner.TakeAsync(cancellation)).RemoveAll(_ => chance().NextDouble() < Share);

        public void Dispose() => inner.Dispose();
    }
}
