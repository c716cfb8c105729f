using Kthena.Router.Tables;

namespace Kthena.Router.Tests;

/// <summary>A question to a silo that died is not waited for.</summary>
public sealed class LongPollTests
{
    private readonly LongPoll _poll = new(TimeProvider.System);

    [Fact]
    public async Task Answer_IsHandedOn() =>
        (await _poll.AskAsync(static _ => Task.FromResult(7), CancellationToken.None)).ShouldBe(7);

    [Fact]
    public async Task Renewal_GivesUpTheQuestionUnderWay_AndTellsWhoWasAsked()
    {
        var never = new TaskCompletionSource<int>();
        CancellationToken told = default;
        Task<int> asking = _poll.AskAsync(
            asked =>
            {
                told = asked;
                return never.Task;
            },
            CancellationToken.None);

        _poll.Renew();

        await Should.ThrowAsync<TimeoutException>(asking);
        told.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Renewal_BeforeTheQuestion_DoesNotConcernIt()
    {
        _poll.Renew();

        (await _poll.AskAsync(static _ => Task.FromResult(7), CancellationToken.None)).ShouldBe(7);
    }

    [Fact]
    public async Task Stop_EndsTheWait()
    {
        using var stopping = new CancellationTokenSource();
        Task<int> asking = _poll.AskAsync(static _ => new TaskCompletionSource<int>().Task, stopping.Token);

        await stopping.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(asking);
    }
}
