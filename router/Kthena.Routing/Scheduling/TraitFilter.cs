namespace Kthena.Routing.Scheduling;

/// <summary>Takes out endpoints against which something speaks.</summary>
/// <param name="name">The filter's name.</param>
/// <param name="refused">What speaks against them.</param>
/// <param name="isStrict">
/// Whether nobody may be left. If not, all stay when all would go: what a router believes of endpoints it never asked must not
/// turn a slow cluster into a dead one.
/// </param>
public sealed class TraitFilter(string name, EndpointTraits refused, bool isStrict = false) : IEndpointFilter
{
    /// <summary><c>ready</c>: engines that answer scrapes.</summary>
    public static readonly TraitFilter Ready = new("ready", EndpointTraits.NotReady);

    /// <summary><c>draining</c>: endpoints that take new requests.</summary>
    public static readonly TraitFilter Draining = new("draining", EndpointTraits.Draining);

    /// <summary><c>breaker</c>: endpoints that did not fail again and again.</summary>
    public static readonly TraitFilter Breaker = new("breaker", EndpointTraits.BreakerOpen);

    /// <summary><c>adapter</c>: endpoints that have loaded the adapter, where any has.</summary>
    public static readonly TraitFilter Adapter = new("adapter", EndpointTraits.LacksAdapter);

    /// <summary><c>lora-affinity</c>, upstream's: the same, and nobody is left where none has.</summary>
    public static readonly TraitFilter LoraAffinity = new("lora-affinity", EndpointTraits.LacksAdapter, isStrict: true);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public int Narrow(in PickInput input, Span<int> candidates)
    {
        if ((input.Absent & refused) == refused)
            return candidates.Length;
        ReadOnlySpan<EndpointObservation> endpoints = input.Endpoints;
        int good = 0;
        while (good < candidates.Length && (endpoints[candidates[good]].Traits & refused) == 0)
            good++;
        // Nearly always nothing speaks against anybody, and nothing moves.
        if (good == candidates.Length)
            return good;
        int first = good;
        for (int index = first; index < candidates.Length; index++)
            good += (endpoints[candidates[index]].Traits & refused) == 0 ? 1 : 0;
        if (good == 0)
            return isStrict ? 0 : candidates.Length;
        int kept = first;
        for (int index = first; index < candidates.Length; index++)
        {
            if ((endpoints[candidates[index]].Traits & refused) == 0)
                candidates[kept++] = candidates[index];
        }
        return kept;
    }
}
