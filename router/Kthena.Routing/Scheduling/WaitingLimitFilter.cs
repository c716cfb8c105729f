namespace Kthena.Routing.Scheduling;

/// <summary><c>least-request</c> as a filter, upstream's: endpoints with fewer waiting requests than a limit.</summary>
/// <param name="waitingMax">The limit; upstream's <c>maxWaitingRequests</c>. 0 is upstream's default.</param>
public sealed class WaitingLimitFilter(int waitingMax = WaitingLimitFilter.DefaultWaitingMax) : IEndpointFilter
{
    /// <summary>Upstream's default.</summary>
    public const int DefaultWaitingMax = 10;

    private readonly int _waitingMax = waitingMax <= 0 ? DefaultWaitingMax : waitingMax;

    /// <inheritdoc/>
    public string Name => "least-request";

    /// <inheritdoc/>
    public int Narrow(in PickInput input, Span<int> candidates)
    {
        ReadOnlySpan<EndpointObservation> endpoints = input.Endpoints;
        int kept = 0;
        // While all stay, nothing moves.
        while (kept < candidates.Length && endpoints[candidates[kept]].Waiting < _waitingMax)
            kept++;
        for (int index = kept; index < candidates.Length; index++)
        {
            int candidate = candidates[index];
            if (endpoints[candidate].Waiting < _waitingMax)
                candidates[kept++] = candidate;
        }
        return kept;
    }
}
