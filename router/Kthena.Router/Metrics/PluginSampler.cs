using Kthena.Router.Gateway;
using Kthena.Routing.Scheduling;

namespace Kthena.Router.Metrics;

/// <summary>Measures how long each filter and scorer takes, by running them once more for one pick of sixteen: a pick itself has no clock.</summary>
internal sealed class PluginSampler(RouterInstruments instruments, TimeProvider time)
{
    private const int Every = 16;

    private long _picks = -1;

    public void Sample(RoutedRequest request, SchedulingProfile profile, in PickInput input)
    {
        if (Interlocked.Increment(ref _picks) % Every != 0)
            return;
        Span<int> candidates = new int[input.Count];
        input.Fill(candidates);
        float[] scores = new float[candidates.Length];
        foreach (IEndpointFilter filter in profile.Filters)
        {
            long start = time.GetTimestamp();
            candidates = candidates[..filter.Narrow(input, candidates)];
            instruments.PluginTook(request, filter.Name, "filter", time.GetElapsedTime(start));
        }
        foreach (WeightedScorer weighted in profile.Scorers)
        {
            long start = time.GetTimestamp();
            weighted.Scorer.Score(input, candidates, scores.AsSpan(0, candidates.Length));
            instruments.PluginTook(request, weighted.Scorer.Name, "score", time.GetElapsedTime(start));
        }
    }
}
