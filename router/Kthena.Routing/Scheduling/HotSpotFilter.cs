namespace Kthena.Routing.Scheduling;

/// <summary>
/// <c>hot-spot</c>: takes out endpoints that have more than one and a half times the mean of requests in flight, so that a
/// popular prefix spreads before its holder drowns. Below <see cref="AlwaysAllowed"/> requests nobody is hot.
/// </summary>
public sealed class HotSpotFilter : IEndpointFilter
{
    /// <summary>So many requests in flight are never too many.</summary>
    public const int AlwaysAllowed = 64;

    /// <inheritdoc/>
    public string Name => "hot-spot";

    /// <inheritdoc/>
    public int Narrow(in PickInput input, Span<int> candidates)
    {
        ReadOnlySpan<EndpointObservation> endpoints = input.Endpoints;
        long total = 0;
        int most = 0;
        foreach (int candidate in candidates)
        {
            int inFlight = endpoints[candidate].InFlight;
            total += inFlight;
            most = Math.Max(most, inFlight);
        }
        // The least loaded candidate is never above the mean, so somebody always stays.
        long allowed = Math.Max(AlwaysAllowed, 3 * total / (2 * Math.Max(1, candidates.Length)));
        if (most <= allowed)
            return candidates.Length;
        int kept = 0;
        foreach (int candidate in candidates)
        {
            if (endpoints[candidate].InFlight <= allowed)
                candidates[kept++] = candidate;
        }
        return kept;
    }
}
