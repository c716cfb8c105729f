using Kthena.Grains.Reconciling;
using Kthena.Grains.Serving;
using Kthena.Model;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Microsoft.Extensions.Logging;

namespace Kthena.Grains.Tests.Serving;

/// <summary>When an activation may go on from a record, and what it says where it may not.</summary>
public sealed class RecordedStepsTests
{
    private static readonly NamespacedName Key = new("ns", "ms");

    private readonly HandClock _clock = new();
    private readonly HeardLog _log = new();
    private readonly KnownGroups _groups;
    private readonly RecordedSteps _steps;

    public RecordedStepsTests()
    {
        _groups = new KnownGroups(static _ => throw new InvalidOperationException("Nobody is asked here."), _clock);
        _steps = new RecordedSteps(_clock, _log);
    }

    [Fact]
    public void RecordOfAnother_IsKnown_WhenEveryGroupWasSeenAsFar()
    {
        var record = new StepRecord("[]", 100);
        _groups.Heard(Group(seen: 99));
        _steps.Compare(Key, record, _groups);
        _steps.AreKnown(record).ShouldBeFalse();
        _groups.Heard(Group(seen: 100));
        _steps.Compare(Key, record, _groups);
        _steps.AreKnown(record).ShouldBeTrue();
    }

    [Fact]
    public void RecordOfAnother_ThatIsNotReachedForLong_IsToldOnce()
    {
        _groups.Heard(Group(seen: 99));
        for (int look = 0; look < 4; look++)
        {
            _steps.Compare(Key, new StepRecord("[]", 100), _groups);
            _clock.Now += CacheGate.Patience;
        }
        _log.Lines.ShouldHaveSingleItem().ShouldContain("behind are groups 0");
    }

    /// <summary>A group that has nothing to say since keeps its last word, which may be older than what was recorded upon another's.</summary>
    [Fact]
    public void OwnRecord_IsKnown_HoweverOldAGroupsLastWordIs()
    {
        var record = new StepRecord("[]", 100);
        _groups.Heard(Group(seen: 99));
        _steps.Wrote(record);
        for (int look = 0; look < 4; look++)
        {
            _steps.Compare(Key, record, _groups);
            _clock.Now += CacheGate.Patience;
        }
        _steps.AreKnown(record).ShouldBeTrue();
        _log.Lines.ShouldBeEmpty();
    }

    private static GroupSummary Group(long seen) => new(0, []) { Stamp = seen, View = seen, OldestView = seen };

    private sealed class HeardLog : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
