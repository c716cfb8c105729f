using Kthena.Kubernetes.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Kubernetes.Tests.Core;

public sealed class WorkQueueTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests() => _queue = new WorkQueue<string>(_time);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Add_OfAWaitingKey_IsOneKey()
    {
        _queue.Add("a");
        _queue.Add("b");
        _queue.Add("a");

        (await TakeAsync()).ShouldBe("a");
        (await TakeAsync()).ShouldBe("b");
        _queue.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Add_OfARunningKey_WaitsUntilDone()
    {
        _queue.Add("a");
        await TakeAsync();
        _queue.Add("a");
        _queue.Add("a");
        Task<string> again = _queue.TakeAsync(CancellationToken.None);
        again.IsCompleted.ShouldBeFalse();

        _queue.Done("a");

        (await again.WaitAsync(TimeSpan.FromMinutes(2))).ShouldBe("a");
        _queue.Done("a");
        _queue.Count.ShouldBe(0);
    }

    [Fact]
    public void AddAfter_TheShortestDelay_Counts()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("a", TimeSpan.FromSeconds(2));
        _queue.AddAfter("a", TimeSpan.FromSeconds(5));
        _queue.AddAfter("b", TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromSeconds(1));
        _queue.Count.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        _queue.Count.ShouldBe(2);
        TakeAll();
        _time.Advance(TimeSpan.FromSeconds(60));
        _queue.Count.ShouldBe(0);
    }

    [Fact]
    public void AddRateLimited_DelaysDoubleUntilForgotten()
    {
        TimeSpan[] delays = [_queue.AddRateLimited("a"), _queue.AddRateLimited("a"), _queue.AddRateLimited("a")];
        delays.Select(delay => delay.TotalMilliseconds).ShouldBe([5, 10, 20]);

        _queue.Forget("a");

        _queue.AddRateLimited("a").TotalMilliseconds.ShouldBe(5);
        for (int i = 0; i < 100; i++)
            _queue.AddRateLimited("b");
        _queue.AddRateLimited("b").ShouldBe(TimeSpan.FromSeconds(1000));
    }

    [Fact]
    public async Task Process_WhenWorkThrows_TriesAgainAfterBackoff()
    {
        using var stop = new CancellationTokenSource();
        var second = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        int runs = 0;
        Task process = _queue.ProcessAsync(
            2,
            (_, _) =>
            {
                if (++runs == 1)
                    throw new InvalidOperationException("first");
                second.SetResult(runs);
                return Task.CompletedTask;
            },
            NullLogger.Instance,
            stop.Token);
        _queue.Add("a");

        (await _time.AdvanceUntil(second.Task)).ShouldBe(2);
        await stop.CancelAsync();
        await process.WaitAsync(TimeSpan.FromMinutes(2));
    }

    private Task<string> TakeAsync() => _queue.TakeAsync(CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2));

    private void TakeAll()
    {
        while (_queue.Count > 0)
            _queue.Done(_queue.TakeAsync(CancellationToken.None).GetAwaiter().GetResult());
    }
}
