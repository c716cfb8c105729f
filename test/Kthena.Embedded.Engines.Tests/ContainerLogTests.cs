namespace Kthena.Embedded.Engines.Tests;

public sealed class ContainerLogTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Log_KeepsItsLastLinesAlone()
    {
        var log = new ContainerLog();
        for (int i = 0; i < ContainerLog.LinesMost + 500; i++)
            log.Write(Noon.AddSeconds(i), $"line {i}");
        List<ContainerLogLine> lines = await log.ReadAsync(null, null, follows: false).ToListAsync();
        lines.Count.ShouldBe(ContainerLog.LinesMost);
        (lines[0].Text, lines[^1].Text).ShouldBe(("line 500", "line 1499"));
        (await log.ReadAsync(2, null, follows: false).ToListAsync()).Select(static line => line.Text).ShouldBe(["line 1498", "line 1499"]);
        (await log.ReadAsync(null, Noon.AddSeconds(1498), follows: false).ToListAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task FollowedLog_TellsWhatComes_UntilTheContainerEnds()
    {
        var log = new ContainerLog();
        log.Write(Noon, "before");
        await using IAsyncEnumerator<ContainerLogLine> followed = log.ReadAsync(null, null, follows: true).GetAsyncEnumerator();
        (await followed.MoveNextAsync()).ShouldBeTrue();
        ValueTask<bool> next = followed.MoveNextAsync();
        next.IsCompleted.ShouldBeFalse();
        log.Write(Noon, "after");
        (await next).ShouldBeTrue();
        followed.Current.Text.ShouldBe("after");
        log.End(Noon);
        (await followed.MoveNextAsync()).ShouldBeTrue();
        followed.Current.Text.ShouldBe("Stopped");
        (await followed.MoveNextAsync()).ShouldBeFalse();
        log.Write(Noon, "too late");
        (await log.ReadAsync(null, null, follows: true).ToListAsync()).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Line_IsOneLineOfBoundedLength()
    {
        var log = new ContainerLog();
        log.Write(Noon, "a forged\nline\u001b[31m");
        log.Write(Noon, new string('x', 5000));
        List<ContainerLogLine> lines = await log.ReadAsync(null, null, follows: false).ToListAsync();
        lines[0].Text.ShouldBe("a forged?line?[31m");
        lines[1].Text.Length.ShouldBe(ContainerLog.LineLengthMost);
    }

    [Fact]
    public async Task Container_ThatWroteNothing_SaysNothingWhenItEnds()
    {
        var log = new ContainerLog();
        log.End(Noon);
        (await log.ReadAsync(null, null, follows: true).ToListAsync()).ShouldBeEmpty();
    }
}
