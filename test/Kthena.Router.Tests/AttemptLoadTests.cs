using Kthena.Model;
using Kthena.Model.Routing;
using Kthena.Router.Picking;
using Kthena.Router.Tables;
using Kthena.Routing.Scheduling;

namespace Kthena.Router.Tests;

/// <summary>How long a prompt weighs on the endpoint that computes it.</summary>
public sealed class AttemptLoadTests
{
    // By the guess of the rates two seconds and a half.
    private const long Bytes = 100 * 1024;

    private readonly Clock _clock = new();
    private readonly EndpointState _endpoint = new(
        new EngineEndpoint { Pod = new NamespacedName("default", "pod"), Uid = "pod", Address = "10.0.0.1", Port = 1 }, number: 0);

    private double Backlog => Math.Round(_endpoint.PrefillBacklogSeconds(_clock.GetUtcNow()), 2);

    [Fact]
    public void PromptOfAStream_WeighsUntilItsFirstToken()
    {
        var load = new AttemptLoad();
        load.Begin(_endpoint, Bytes, tellsFirstToken: true, _clock);

        Backlog.ShouldBe(2.5);
        _clock.Pass(60);
        Backlog.ShouldBe(2.5);
        load.FirstToken();
        Backlog.ShouldBe(0);
        load.End(AttemptOutcome.Served);
        (Backlog, _endpoint.InFlight).ShouldBe((0, 0));
    }

    [Fact]
    public void PromptWithoutAStream_WeighsAsLongAsItTakesToCompute_NotAsLongAsItsAnswer()
    {
        var load = new AttemptLoad();
        load.Begin(_endpoint, Bytes, tellsFirstToken: false, _clock);

        Backlog.ShouldBe(2.5);
        _clock.Pass(1);
        Backlog.ShouldBe(1.5);
        _clock.Pass(2);
        (Backlog, _endpoint.InFlight).ShouldBe((0, 1));
        _clock.Pass(60);
        load.End(AttemptOutcome.Served);
        (Backlog, _endpoint.InFlight).ShouldBe((0, 0));
    }

    [Fact]
    public void PromptThatIsRefusedAtOnce_LeavesNothing_AndThoseBesideItStay()
    {
        var refused = new AttemptLoad();
        var served = new AttemptLoad();
        served.Begin(_endpoint, Bytes, tellsFirstToken: false, _clock);
        refused.Begin(_endpoint, 64L * 1024 * 1024, tellsFirstToken: false, _clock);
        Backlog.ShouldBe(602.5);

        _clock.Pass(0.5);
        refused.End(AttemptOutcome.Served);

        Backlog.ShouldBe(2.5);
        _clock.Pass(3);
        Backlog.ShouldBe(0);
        served.End(AttemptOutcome.Served);
        Backlog.ShouldBe(0);
    }

    [Fact]
    public void Stream_BehindSilentPrompts_TeachesWhatItReallyWaitedFor()
    {
        var silent = new AttemptLoad();
        silent.Begin(_endpoint, Bytes, tellsFirstToken: false, _clock);
        var stream = new AttemptLoad();
        stream.Begin(_endpoint, 0, tellsFirstToken: true, _clock);
        float before = _endpoint.Rates.SecondsPerKiB;

        // As long as the prompt before it takes: nothing new is learnt.
        _clock.Pass(2.5);
        stream.FirstToken();

        _endpoint.Rates.SecondsPerKiB.ShouldBe(before, 0.001f);
    }

    private sealed class Clock : TimeProvider
    {
        private long _ticks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public override DateTimeOffset GetUtcNow() => new(_ticks, TimeSpan.Zero);

        public void Pass(double seconds) => _ticks += TimeSpan.FromSeconds(seconds).Ticks;
    }
}
