using Kthena.Routing.Scheduling;

namespace Kthena.Routing.Tests;

public sealed class LearningTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Rates_BeforeAnyRequest_AreTheGuess()
    {
        var rates = new LatencyRates();
        rates.SecondsPerKiB.ShouldBe(LatencyRates.SecondsPerKiBGuess);
        rates.SecondsPerRequest.ShouldBe(LatencyRates.SecondsPerRequestGuess);
    }

    [Fact]
    public void Rates_AreLearntFromWhatRequestsMet()
    {
        var rates = new LatencyRates();
        var random = new Random(3);
        for (int request = 0; request < 500; request++)
        {
            (double kib, int inFlight) = (random.NextDouble() * 50, random.Next(40));
            rates.Observe(kib, inFlight, (kib * 0.004) + (inFlight * 0.01) + (random.NextDouble() * 0.002));
        }

        rates.SecondsPerKiB.ShouldBe(0.004f, 0.0005f);
        rates.SecondsPerRequest.ShouldBe(0.01f, 0.0005f);
    }

    [Theory]
    [InlineData(1, 1, double.NaN)]
    [InlineData(1, 1, -1)]
    [InlineData(1, 1, 1e9)]
    [InlineData(double.NaN, 1, 1)]
    [InlineData(1, -1, 1)]
    public void Rates_ImpossibleObservation_IsLeftOut(double kib, int inFlight, double seconds)
    {
        var rates = new LatencyRates();
        rates.Observe(kib, inFlight, seconds);
        rates.SecondsPerKiB.ShouldBe(LatencyRates.SecondsPerKiBGuess);
    }

    [Fact]
    public void Rates_AreNeverBelowNothing()
    {
        var rates = new LatencyRates();
        var random = new Random(4);
        for (int request = 0; request < 300; request++)
        {
            rates.Observe(random.NextDouble() * 50, random.Next(40), random.NextDouble());
            rates.SecondsPerKiB.ShouldBeGreaterThanOrEqualTo(0);
            rates.SecondsPerRequest.ShouldBeGreaterThanOrEqualTo(0);
        }
    }

    [Fact]
    public void Breaker_FailuresInARow_OpenIt_UntilOneTrySucceeds()
    {
        var breaker = new OutlierBreaker();
        Fail(breaker, OutlierBreaker.FailuresMax - 1, Start);
        breaker.IsRefusing(Start).ShouldBeFalse();
        Fail(breaker, 1, Start);
        breaker.IsRefusing(Start).ShouldBeTrue();

        DateTimeOffset rested = Start + OutlierBreaker.FirstRest;
        breaker.IsRefusing(rested).ShouldBeFalse();
        breaker.Began(rested);
        breaker.IsRefusing(rested).ShouldBeTrue("one request tries, not all");
        breaker.Ended(AttemptOutcome.Served, rested);
        breaker.IsRefusing(rested).ShouldBeFalse();
    }

    [Fact]
    public void Breaker_TryFails_RestsTwiceAsLong()
    {
        var breaker = new OutlierBreaker();
        Fail(breaker, OutlierBreaker.FailuresMax, Start);
        DateTimeOffset rested = Start + OutlierBreaker.FirstRest;
        breaker.Began(rested);
        breaker.Ended(AttemptOutcome.Failed, rested);

        breaker.IsRefusing(rested + OutlierBreaker.FirstRest).ShouldBeTrue();
        breaker.IsRefusing(rested + (2 * OutlierBreaker.FirstRest)).ShouldBeFalse();
    }

    [Fact]
    public void Breaker_ClientLeavesDuringTheTry_AnotherMayTry()
    {
        var breaker = new OutlierBreaker();
        Fail(breaker, OutlierBreaker.FailuresMax, Start);
        DateTimeOffset rested = Start + OutlierBreaker.FirstRest;
        breaker.Began(rested);
        breaker.Ended(AttemptOutcome.Unknown, rested);

        breaker.IsRefusing(rested).ShouldBeFalse();
    }

    [Fact]
    public void Breaker_OneSuccess_StartsTheCountAnew()
    {
        var breaker = new OutlierBreaker();
        for (int round = 0; round < 10; round++)
        {
            Fail(breaker, OutlierBreaker.FailuresMax - 1, Start);
            breaker.Ended(AttemptOutcome.Served, Start);
        }

        breaker.IsRefusing(Start).ShouldBeFalse();
    }

    [Fact]
    public void Breaker_RequestsThatWereUnderWay_DoNotLengthenTheRest()
    {
        var breaker = new OutlierBreaker();
        Fail(breaker, OutlierBreaker.FailuresMax + 50, Start);

        breaker.IsRefusing(Start + OutlierBreaker.FirstRest).ShouldBeFalse();
    }

    private static void Fail(OutlierBreaker breaker, int times, DateTimeOffset now)
    {
        for (int time = 0; time < times; time++)
        {
            breaker.Began(now);
            breaker.Ended(AttemptOutcome.Failed, now);
        }
    }
}
