using Kthena.Model.Resources;
using Kthena.Routing.Admission;

namespace Kthena.Routing.Tests;

public sealed class RouteLimitsTests
{
    private static readonly AdmissionDecision Admitted = new(AdmissionOutcome.Admitted);

    [Fact]
    public void Prompts_AreLetInUntilTheTokensAreUsedUp_AndAgainAsTheyComeBack()
    {
        var limits = new RouteLimits(new RateLimit { InputTokensPerUnit = 60, Unit = TimeSpan.FromMinutes(1) });

        limits.Admit(40, At(100)).ShouldBe(Admitted);
        limits.Admit(30, At(100)).ShouldBe(new AdmissionDecision(AdmissionOutcome.InputExceeded, TimeSpan.FromSeconds(10)));
        limits.Admit(20, At(100)).ShouldBe(Admitted);
        limits.Admit(30, At(129)).Outcome.ShouldBe(AdmissionOutcome.InputExceeded);
        limits.Admit(30, At(130)).ShouldBe(Admitted);
        // No more gathers than the limit.
        limits.Admit(60, At(10_000)).ShouldBe(Admitted);
        limits.Admit(1, At(10_000)).Outcome.ShouldBe(AdmissionOutcome.InputExceeded);
    }

    [Fact]
    public void Prompt_LongerThanTheLimit_NeverPasses_AndIsToldNoTime()
    {
        var limits = new RouteLimits(new RateLimit { InputTokensPerUnit = 60 });

        limits.Admit(61, At(0)).ShouldBe(new AdmissionDecision(AdmissionOutcome.InputExceeded));
        limits.Admit(60, At(0)).ShouldBe(Admitted);
    }

    [Fact]
    public void Weakness9_AnswerBeyondTheLimit_IsPaidForBeforeTheNext()
    {
        var limits = new RouteLimits(new RateLimit { OutputTokensPerUnit = 10, Unit = TimeSpan.FromSeconds(1) });

        limits.Admit(5, At(0)).ShouldBe(Admitted);
        limits.Settle(25, At(0));

        limits.Admit(5, At(1)).ShouldBe(new AdmissionDecision(AdmissionOutcome.OutputExceeded, TimeSpan.FromSeconds(0.6)));
        limits.Admit(5, At(1.7)).ShouldBe(Admitted);
    }

    [Fact]
    public void Request_ThatIsTurnedAwayOrReachesNoEngine_PaysNothing()
    {
        var limits = new RouteLimits(new RateLimit { InputTokensPerUnit = 10, OutputTokensPerUnit = 10, Unit = TimeSpan.FromDays(30) });

        limits.Admit(10, At(0)).ShouldBe(Admitted);
        limits.Abandon(10, At(0));
        limits.Admit(10, At(0)).ShouldBe(Admitted);
        limits.Settle(11, At(0));
        limits.Abandon(10, At(0));
        limits.Admit(10, At(0)).Outcome.ShouldBe(AdmissionOutcome.OutputExceeded);
        limits.Settle(-11, At(0));
        limits.Admit(10, At(0)).ShouldBe(Admitted);
    }

    [Fact]
    public void NoLimit_LetsEverythingIn()
    {
        var limits = new RouteLimits(new RateLimit());

        limits.Admit(long.MaxValue, At(0)).ShouldBe(Admitted);
        limits.Settle(long.MaxValue, At(0));
        limits.Admit(long.MaxValue, At(0)).ShouldBe(Admitted);
    }

    [Fact]
    public void InstantsOutOfOrder_GiveNothing()
    {
        var bucket = new TokenBucket(10, TimeSpan.FromSeconds(1));

        bucket.TryTake(10, At(5)).ShouldBeTrue();
        bucket.TryTake(1, At(4)).ShouldBeFalse();
        bucket.TryTake(1, At(5)).ShouldBeFalse();
        bucket.TryTake(1, At(5.1)).ShouldBeTrue();
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
