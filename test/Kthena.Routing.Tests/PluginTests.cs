using Kthena.Routing.Scheduling;

namespace Kthena.Routing.Tests;

/// <summary>Filters and scorers; those that pin a fault of upstream's are named after it.</summary>
public sealed class PluginTests
{
    [Fact]
    public void Bug723_LeastRequest_EveryEndpointIdle_ScoresAreFinite() =>
        Scores(new LeastRequestScorer(), new EndpointObservation[3]).ShouldBe([1, 1, 1]);

    [Fact]
    public void LeastRequest_CountBelowZero_IsIdle() =>
        Scores(new LeastRequestScorer(), [new(-3, 0)]).ShouldBe([1]);

    [Fact]
    public void Bug1003_WaitingLimit_WithoutArguments_LetsIdleEndpointsThrough()
    {
        Narrow(new WaitingLimitFilter(0), [Waiting(0), Waiting(9), Waiting(10)]).ShouldBe([0, 1]);
        Narrow(new WaitingLimitFilter(), [Waiting(10)]).ShouldBeEmpty();
    }

    [Fact]
    public void Bug1040_LeastLatency_NeverMeasuredEndpoint_DoesNotWin()
    {
        float[] scores = Scores(new LeastLatencyScorer(), [Latency(0, 0), Latency(0.1f, 0.01f), Latency(0.4f, 0.04f)]);

        scores.ShouldBe([0.5f, 1, 0]);
    }

    [Fact]
    public void LeastLatency_AllAlike_AllBest() =>
        Scores(new LeastLatencyScorer(), [Latency(1, 1), Latency(1, 1)]).ShouldBe([1, 1]);

    [Fact]
    public void LeastLatency_WeighsFirstTokenAgainstTheNext()
    {
        EndpointObservation[] endpoints = [Latency(0.1f, 0.04f), Latency(0.4f, 0.01f)];

        Scores(new LeastLatencyScorer(1), endpoints).ShouldBe([1, 0]);
        Scores(new LeastLatencyScorer(0), endpoints).ShouldBe([0, 1]);
    }

    [Fact]
    public void GpuUsage_IsTheFreeShare() =>
        Scores(new GpuUsageScorer(), [new(0, 0) { KvUsage = 0.25f }, new(0, 0)]).ShouldBe([0.75f, 1]);

    [Fact]
    public void Bug783_HolderOutsideTheCandidates_IsNotPicked()
    {
        EndpointObservation[] endpoints = [new(0, 10) { Traits = EndpointTraits.Draining }, new(0, 0), new(0, 1)];

        Pick(SchedulingProfile.Locality, endpoints).ShouldBe([2, 1]);
        Pick(SchedulingProfile.Default, endpoints).ShouldNotContain(0);
    }

    [Fact]
    public void Weakness2_ScorerThatKnowsNothing_LeavesEveryCandidate() =>
        Pick(new SchedulingProfile("prefix alone", [], [new(new PrefixCacheScorer(), 1)]), new EndpointObservation[3]).Length.ShouldBe(3);

    [Fact]
    public void ScoreThatIsNotANumber_CountsAsTheWorst()
    {
        var profile = new SchedulingProfile("p", [], [new(new Broken(), 1), new(new LeastRequestScorer(), 1)]);

        Pick(profile, [new(8, 0), new(0, 0)]).ShouldBe([1, 0]);
    }

    [Fact]
    public void Bug1650_Random_DependsOnTheSeedAlone()
    {
        float[] first = Scores(new RandomScorer(), new EndpointObservation[8]);

        Parallel.For(0, 64, _ => Scores(new RandomScorer(), new EndpointObservation[8]).ShouldBe(first));
        first.ShouldAllBe(static score => score >= 0 && score < 1);
        first.ShouldBeUnique();
    }

    [Theory]
    [InlineData(EndpointTraits.NotReady)]
    [InlineData(EndpointTraits.Draining)]
    [InlineData(EndpointTraits.BreakerOpen)]
    [InlineData(EndpointTraits.LacksAdapter)]
    public void Default_PassesOverWhatSpeaksAgainstAnEndpoint_ButServesWhenThatIsAll(EndpointTraits trait)
    {
        var against = new EndpointObservation(0, 10) { Traits = trait };
        var idle = new EndpointObservation(0, 0) { PrefillSeconds = 9 };

        Pick(SchedulingProfile.Default, [against, idle, against]).ShouldBe([1]);
        Pick(SchedulingProfile.Default, [against, against]).Length.ShouldBe(2);
    }

    [Fact]
    public void LoraAffinity_NobodyHasTheAdapter_LeavesNobody() =>
        Narrow(TraitFilter.LoraAffinity, [new(0, 0) { Traits = EndpointTraits.LacksAdapter }]).ShouldBeEmpty();

    [Fact]
    public void Cost_HolderIsPicked_UntilItsBacklogOutweighsTwicePrefill()
    {
        Pick(SchedulingProfile.Default, [Cost(0.9f, 0), Cost(0, 0.5f)])[0].ShouldBe(0);
        Pick(SchedulingProfile.Default, [Cost(1.1f, 0), Cost(0, 0.5f)])[0].ShouldBe(1);
    }

    [Fact]
    public void Cost_HotSpot_IsPassedOverWhateverItHolds() =>
        Pick(SchedulingProfile.Default, [Cost(0, 0) with { InFlight = 200 }, Cost(0, 100) with { InFlight = 1 }])[0].ShouldBe(1);

    private static EndpointObservation Cost(float backlog, float prefill) => new(0, 0) { BacklogSeconds = backlog, PrefillSeconds = prefill };

    private static EndpointObservation Waiting(int waiting) => new(0, 0) { Waiting = waiting };

    private static EndpointObservation Latency(float first, float next) => new(0, 0) { TimeToFirstToken = first, TimePerOutputToken = next };

    private static PickInput Input(EndpointObservation[] endpoints) => new() { Endpoints = endpoints, PromptBlocks = 10, Seed = 7 };

    private static float[] Scores(IEndpointScorer scorer, EndpointObservation[] endpoints)
    {
        float[] scores = new float[endpoints.Length];
        scorer.Score(Input(endpoints), [.. Enumerable.Range(0, endpoints.Length)], scores);
        return scores;
    }

    private static int[] Narrow(IEndpointFilter filter, EndpointObservation[] endpoints)
    {
        int[] candidates = [.. Enumerable.Range(0, endpoints.Length)];
        return candidates[..filter.Narrow(Input(endpoints), candidates)];
    }

    private static int[] Pick(SchedulingProfile profile, EndpointObservation[] endpoints)
    {
        int[] ranked = new int[SchedulingProfile.RankedMax];
        return ranked[..profile.Pick(Input(endpoints), new PickScratch(), ranked, out _)];
    }

    private sealed class Broken : IEndpointScorer
    {
        public string Name => "broken";

        public void Score(in PickInput input, ReadOnlySpan<int> candidates, Span<float> scores) => scores.Fill(float.NaN);
    }
}
