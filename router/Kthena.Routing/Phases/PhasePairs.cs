using System.Collections.Immutable;
using Kthena.Model.Routing;
using Kthena.Routing.Scheduling;

namespace Kthena.Routing.Phases;

/// <summary>
/// Who decodes what whom has prefilled: the endpoints of one group work together. A pick runs the profile twice, first over the
/// decode endpoints, each seen with the best of those that prefill for it, then over those of the one that was chosen.
/// </summary>
public sealed class PhasePairs
{
    private readonly ImmutableArray<Group> _groups;
    private readonly Dictionary<int, Group> _byDecode;

    private PhasePairs(ImmutableArray<Group> groups)
    {
        _groups = groups;
        _byDecode = groups.SelectMany(static group => group.Decode.Select(endpoint => KeyValuePair.Create(endpoint, group))).ToDictionary();
        Decode = [.. _byDecode.Keys.Order()];
    }

    /// <summary>The endpoints that decode and have somebody to prefill for them: indices into the model server's, ascending.</summary>
    public ImmutableArray<int> Decode { get; }

    /// <summary>The pairs of a model server; null where every endpoint does all.</summary>
    /// <param name="server">The model server.</param>
    public static PhasePairs? Of(RoutedServer server)
    {
        if (server.Spec.PrefillDecode is null)
            return null;
        var groups = server.Endpoints
            .Select(static (endpoint, index) => (Endpoint: endpoint, Index: index))
            .GroupBy(static item => item.Endpoint.Group, StringComparer.Ordinal)
            .Select(static group => new Group(
                [.. group.Where(static item => item.Endpoint.Phase == EndpointPhase.Prefill).Select(static item => item.Index)],
                [.. group.Where(static item => item.Endpoint.Phase == EndpointPhase.Decode).Select(static item => item.Index)]));
        return new PhasePairs([.. groups.Where(static group => group.Prefill.Length > 0)]);
    }

    /// <summary>The endpoints that prefill for one that decodes, ascending; never none.</summary>
    /// <param name="decode">One of <see cref="Decode"/>.</param>
    public ImmutableArray<int> PrefillFor(int decode) => _byDecode[decode].Prefill;

    /// <summary>
    /// Shows each decode endpoint as the first half of a pair: with the wait of the least busy that prefills for it, what its group
    /// holds of the prompt, and what speaks against all of those.
    /// </summary>
    /// <param name="endpoints">What is known of each endpoint of the model server.</param>
    public void Join(Span<EndpointObservation> endpoints)
    {
        foreach (Group group in _groups)
        {
            EndpointObservation best = endpoints[group.Prefill[0]];
            (int matched, EndpointTraits traits) = (0, (EndpointTraits)~0);
            foreach (int prefill in group.Prefill)
            {
                ref readonly EndpointObservation seen = ref endpoints[prefill];
                if (CostOf(seen) < CostOf(best))
                    best = seen;
                matched = Math.Max(matched, seen.MatchedBlocks);
                traits &= seen.Traits;
            }
            foreach (int decode in group.Decode)
            {
                EndpointObservation seen = endpoints[decode];
                endpoints[decode] = seen with
                {
                    BacklogSeconds = seen.BacklogSeconds + best.BacklogSeconds,
                    PrefillSeconds = best.PrefillSeconds,
                    MatchedBlocks = Math.Max(seen.MatchedBlocks, matched),
                    Traits = seen.Traits | traits,
                };
            }
        }
    }

    private static float CostOf(in EndpointObservation seen) => seen.BacklogSeconds + (CostScorer.PrefillWeight * seen.PrefillSeconds);

    private sealed record Group(ImmutableArray<int> Prefill, ImmutableArray<int> Decode);
}
