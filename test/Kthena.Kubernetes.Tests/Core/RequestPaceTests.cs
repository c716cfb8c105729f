using Kthena.Kubernetes.Core;

namespace Kthena.Kubernetes.Tests.Core;

public sealed class RequestPaceTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Writes_WithALimitASecond_GoAsBurstAndThenAtTheRate()
    {
        using var pace = new RequestPace(_time, writesMax: 1000, new TokenBucket(10, 20));
        Enter(pace, 100, RequestUrgency.Object, "a");
        pace.WritesInFlight.ShouldBe(20);
        _time.Advance(TimeSpan.FromSeconds(1));
        pace.WritesInFlight.ShouldBe(30);
        _time.Advance(TimeSpan.FromSeconds(7));
        pace.WritesInFlight.ShouldBe(100);
        pace.Waiting.ShouldBe((0, 0));
    }

    [Fact]
    public void Writes_WithoutALimit_AreBoundedByTheirNumberAlone()
    {
        using var pace = new RequestPace(_time, writesMax: 32, bucket: null);
        Enter(pace, 100, RequestUrgency.Object, "a");
        pace.WritesInFlight.ShouldBe(32);
        for (int i = 0; i < 68; i++)
            pace.LeaveWrite();
        pace.WritesInFlight.ShouldBe(32);
        pace.Waiting.Requests.ShouldBe(0);
    }

    [Fact]
    public void Reads_WithALimit_CountAgainstItButNotAsWrites()
    {
        using var pace = new RequestPace(_time, writesMax: 1, new TokenBucket(1, 2));
        Enter(pace, 2, RequestUrgency.Read, "");
        Enter(pace, 1, RequestUrgency.Object, "a");
        Enter(pace, 1, RequestUrgency.Read, "");
        (pace.WritesInFlight, pace.Waiting.Requests).ShouldBe((0, 2));
        _time.Advance(TimeSpan.FromSeconds(1));
        (pace.WritesInFlight, pace.Waiting.Requests).ShouldBe((0, 1));
        _time.Advance(TimeSpan.FromSeconds(1));
        (pace.WritesInFlight, pace.Waiting.Requests).ShouldBe((1, 0));
    }

    [Fact]
    public async Task GivenUp_WhileItWaits_LeavesItsPlaceToTheNext()
    {
        using var pace = new RequestPace(_time, writesMax: 1, bucket: null);
        Enter(pace, 1, RequestUrgency.Object, "a");
        using var stop = new CancellationTokenSource();
        Task given = pace.EnterAsync(RequestUrgency.Object, "a", stop.Token).AsTask();
        Task next = pace.EnterAsync(RequestUrgency.Object, "a", CancellationToken.None).AsTask();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(given);

        pace.LeaveWrite();

        await next.WaitAsync(TimeSpan.FromMinutes(2));
        (pace.WritesInFlight, pace.Waiting.Requests).ShouldBe((1, 0));
    }

    [Fact]
    public void Hold_LastsAsLongAsAsked_AndALongerOneWins()
    {
        using var pace = new RequestPace(_time, writesMax: 32, bucket: null);
        pace.Hold(TimeSpan.FromSeconds(3));
        pace.Hold(TimeSpan.FromSeconds(1));
        Enter(pace, 5, RequestUrgency.Object, "a");
        Enter(pace, 1, RequestUrgency.Lease, "");
        pace.WritesInFlight.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(2.9));
        pace.WritesInFlight.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        pace.WritesInFlight.ShouldBe(6);
    }

    /// <summary>Ten thousand pods of one ModelServing wait at 50 requests a second; the one pod of another waits two turns.</summary>
    [Fact]
    public async Task OnePod_BesideTenThousandOfAnother_WaitsTwoTurns()
    {
        using var pace = new RequestPace(_time, writesMax: 32, new TokenBucket(50, 32));
        Enter(pace, 10_000, RequestUrgency.Object, "ns/large");
        Task<TimeSpan> small = pace.EnterAsync(RequestUrgency.Object, "ns/small", CancellationToken.None).AsTask();
        for (int i = 0; i < 2; i++)
        {
            pace.LeaveWrite();
            _time.Advance(TimeSpan.FromSeconds(0.02));
        }
        (await small.WaitAsync(TimeSpan.FromMinutes(2))).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(0.04));
        pace.Waiting.Requests.ShouldBe(10_000 - 32 - 1);
    }

    private static void Enter(RequestPace pace, int count, RequestUrgency urgency, string lane)
    {
        for (int i = 0; i < count; i++)
            _ = pace.EnterAsync(urgency, lane, CancellationToken.None).AsTask();
    }
}
