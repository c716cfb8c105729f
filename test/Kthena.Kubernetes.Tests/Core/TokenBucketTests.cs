using Kthena.Kubernetes.Core;

namespace Kthena.Kubernetes.Tests.Core;

public sealed class TokenBucketTests
{
    [Fact]
    public void Bucket_AfterARest_GivesItsBurstAndThenItsRate()
    {
        var bucket = new TokenBucket(perSecond: 5, burst: 3);
        Taken(bucket, TimeSpan.Zero).ShouldBe(3);
        bucket.UntilNext(TimeSpan.Zero).ShouldBe(TimeSpan.FromSeconds(0.2));
        Taken(bucket, TimeSpan.FromSeconds(0.19)).ShouldBe(0);
        Taken(bucket, TimeSpan.FromSeconds(0.2)).ShouldBe(1);
        Taken(bucket, TimeSpan.FromSeconds(60)).ShouldBe(3);
    }

    [Theory]
    [InlineData(0.5, 1, 100)]
    [InlineData(7, 1, 20)]
    [InlineData(33, 10, 30)]
    public void Bucket_EmptiedWheneverItSays_KeepsItsRateWithoutDrift(double perSecond, int burst, int seconds)
    {
        var bucket = new TokenBucket(perSecond, burst);
        TimeSpan now = TimeSpan.Zero;
        int taken = 0;
        while (now < TimeSpan.FromSeconds(seconds))
        {
            taken += Taken(bucket, now);
            TimeSpan next = bucket.UntilNext(now);
            next.ShouldBeGreaterThan(TimeSpan.Zero);
            now += next;
        }
        ((double)taken).ShouldBe(burst + (perSecond * seconds), tolerance: 1.5);
    }

    private static int Taken(TokenBucket bucket, TimeSpan now)
    {
        int taken = 0;
        while (bucket.TryTake(now))
            taken++;
        return taken;
    }
}
