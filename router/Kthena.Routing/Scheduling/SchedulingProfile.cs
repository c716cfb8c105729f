using System.Collections.Immutable;
using System.Numerics;

namespace Kthena.Routing.Scheduling;

/// <summary>How an endpoint is picked: filters, then weighted scorers, then the best few with chance deciding between equals.</summary>
/// <param name="name">The profile's name in configuration and explanations.</param>
/// <param name="filters">The filters, in order.</param>
/// <param name="scorers">The scorers.</param>
public sealed class SchedulingProfile(string name, ImmutableArray<IEndpointFilter> filters, ImmutableArray<WeightedScorer> scorers)
{
    /// <summary>How many endpoints a pick names at most: the best, and those to try after it.</summary>
    public const int RankedMax = 5;

    /// <summary>What every profile that has no filters of its own begins with; the strictest comes first.</summary>
    public static readonly ImmutableArray<IEndpointFilter> Guards =
        [TraitFilter.Draining, TraitFilter.Ready, TraitFilter.Breaker, TraitFilter.Adapter, new HotSpotFilter()];

    /// <summary>The least expected wait, by rates that are learnt; the hot-spot filter guards against what they cannot know.</summary>
    public static readonly SchedulingProfile Default = new("default", Guards, [new WeightedScorer(new CostScorer(), 1)]);

    /// <summary>
    /// Locality first: an endpoint that holds half of the prompt beats an idle one that holds nothing, until it is a hot spot.
    /// </summary>
    public static readonly SchedulingProfile Locality = new(
        "locality", Guards, [new WeightedScorer(new PrefixCacheScorer(), 2), new WeightedScorer(new LeastRequestScorer(), 1)]);

    /// <summary>The profile's name.</summary>
    public string Name { get; } = name;

    /// <summary>The filters, in order.</summary>
    public ImmutableArray<IEndpointFilter> Filters { get; } = filters;

    /// <summary>The scorers.</summary>
    public ImmutableArray<WeightedScorer> Scorers { get; } = scorers;

    /// <summary>Ranks the endpoints.</summary>
    /// <param name="input">What the pick depends on.</param>
    /// <param name="scratch">Where to work.</param>
    /// <param name="ranked">Receives the indices of the best endpoints, best first; at most <see cref="RankedMax"/> are used.</param>
    /// <param name="emptiedBy">The filter that left nobody; null when somebody is left or there was nobody.</param>
    /// <returns>How many were ranked.</returns>
    public int Pick(in PickInput input, PickScratch scratch, Span<int> ranked, out string? emptiedBy)
    {
        Span<int> candidates = scratch.Candidates(input.Count);
        input.Fill(candidates);
        EndpointTraits present = EndpointTraits.None;
        foreach (int candidate in candidates)
            present |= input.Endpoints[candidate].Traits;
        var known = new PickInput { Endpoints = input.Endpoints, PromptBlocks = input.PromptBlocks, Seed = input.Seed, Absent = ~present };
        emptiedBy = null;
        foreach (IEndpointFilter filter in Filters)
        {
            int kept = filter.Narrow(known, candidates);
            if (kept == 0 && candidates.Length > 0)
                emptiedBy = filter.Name;
            candidates = candidates[..kept];
        }
        Span<float> totals = Total(input, candidates, scratch);
        return Rank(input.Seed, candidates, totals, ranked[..Math.Min(ranked.Length, RankedMax)]);
    }

    /// <summary>The scores of every endpoint that passes the filters, for people to look at.</summary>
    /// <param name="input">What the pick depended on.</param>
    public ImmutableArray<ScoredEndpoint> Explain(in PickInput input)
    {
        Span<int> candidates = new int[input.Count];
        input.Fill(candidates);
        foreach (IEndpointFilter filter in Filters)
            candidates = candidates[..filter.Narrow(input, candidates)];
        var scored = ImmutableArray.CreateBuilder<ScoredEndpoint>(candidates.Length);
        float[][] byScorer = new float[Scorers.Length][];
        for (int scorer = 0; scorer < byScorer.Length; scorer++)
        {
            byScorer[scorer] = new float[candidates.Length];
            Scorers[scorer].Scorer.Score(input, candidates, byScorer[scorer]);
        }
        for (int index = 0; index < candidates.Length; index++)
            scored.Add(new ScoredEndpoint(candidates[index], [.. byScorer.Select(scores => InRange(scores[index]))]));
        return scored.DrainToImmutable();
    }

    private Span<float> Total(in PickInput input, ReadOnlySpan<int> candidates, PickScratch scratch)
    {
        Span<float> totals = scratch.Totals(candidates.Length);
        Span<float> scores = scratch.Scores(candidates.Length);
        totals.Clear();
        foreach (WeightedScorer weighted in Scorers)
        {
            weighted.Scorer.Score(input, candidates, scores);
            AddWeighted(totals, scores, weighted.Weight);
        }
        return totals;
    }

    /// <summary>Several at once give the same sums as one by one: each is rounded by itself.</summary>
    private static void AddWeighted(Span<float> totals, ReadOnlySpan<float> scores, float weight)
    {
        int index = 0;
        for (; index <= totals.Length - Vector<float>.Count; index += Vector<float>.Count)
        {
            var score = new Vector<float>(scores[index..]);
            Vector<float> inRange = Vector.ConditionalSelect(
                Vector.GreaterThan(score, Vector<float>.Zero), Vector.Min(score, Vector<float>.One), Vector<float>.Zero);
            (new Vector<float>(totals[index..]) + (inRange * weight)).CopyTo(totals[index..]);
        }
        for (; index < totals.Length; index++)
            totals[index] += weight * InRange(scores[index]);
    }

    /// <summary>A score that is not a number is the worst: it must not make the sum of all others unknown.</summary>
    private static float InRange(float score) => score > 0 ? Math.Min(score, 1) : 0;

    /// <summary>Keeps the best few in order: with so few an insertion beats a sort.</summary>
    private static int Rank(ulong seed, ReadOnlySpan<int> candidates, ReadOnlySpan<float> totals, Span<int> ranked)
    {
        Span<float> bestTotals = stackalloc float[RankedMax];
        Span<ulong> bestTies = stackalloc ulong[RankedMax];
        int count = 0;
        for (int index = 0; index < candidates.Length; index++)
        {
            float total = totals[index];
            if (count == ranked.Length && (count == 0 || total < bestTotals[count - 1]))
                continue;
            ulong tie = Chance.Mix(seed + (ulong)candidates[index]);
            int place = count;
            while (place > 0 && (total > bestTotals[place - 1] || (total == bestTotals[place - 1] && tie < bestTies[place - 1])))
                place--;
            if (place == ranked.Length)
                continue;
            count = Math.Min(count + 1, ranked.Length);
            for (int moved = count - 1; moved > place; moved--)
                (ranked[moved], bestTotals[moved], bestTies[moved]) = (ranked[moved - 1], bestTotals[moved - 1], bestTies[moved - 1]);
            (ranked[place], bestTotals[place], bestTies[place]) = (candidates[index], total, tie);
        }
        return count;
    }
}

/// <summary>How one endpoint was judged.</summary>
/// <param name="Endpoint">Its index in the pick's input.</param>
/// <param name="Scores">What each scorer of the profile gave, in the profile's order, before weighting.</param>
public sealed record ScoredEndpoint(int Endpoint, ImmutableArray<float> Scores);
