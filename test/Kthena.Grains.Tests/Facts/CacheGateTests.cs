using System.Collections.Immutable;
using Kthena.Grains.Facts;
using Kthena.Grains.Reconciling;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Grains.Tests.Facts;

public sealed class CacheGateTests
{
    private readonly FixedFacts _facts = new();
    private readonly HandClock _clock = new();

    [Fact]
    public void Gate_BeforeTheFirstList_IsClosed()
    {
        _facts.HasSynced = false;
        new CacheGate(_facts, _clock).IsOpen.ShouldBeFalse();
    }

    [Fact]
    public void Gate_OlderThanAnEvent_OpensWhenTheCacheHasComeThere()
    {
        var gate = new CacheGate(_facts, _clock);
        gate.Expect("Pod", 7);
        gate.Expect("Pod", 5);
        _facts.Version = 6;
        gate.IsOpen.ShouldBeFalse();
        _facts.Version = 7;
        gate.IsOpen.ShouldBeTrue();
    }

    [Fact]
    public void Gate_VersionThatNeverComes_OpensWhenPatienceEnds()
    {
        var gate = new CacheGate(_facts, _clock);
        gate.Expect("Pod", 7);
        _clock.Now += CacheGate.Patience;
        gate.IsOpen.ShouldBeFalse();
        _clock.Now += TimeSpan.FromTicks(1);
        gate.IsOpen.ShouldBeTrue();
    }

    [Fact]
    public void Gate_WriteWithoutAVersion_StaysOpen()
    {
        var gate = new CacheGate(_facts, _clock);
        gate.Expect("Event", 0);
        gate.IsOpen.ShouldBeTrue();
    }

    private sealed class FixedFacts : IClusterFacts
    {
        public bool HasSynced { get; set; } = true;

        public long Version { get; set; }

        public long ObservedVersion(ResourceKind kind) => Version;

        public T? Find<T>(NamespacedName key)
            where T : class, IKubernetesResource<T> => null;

        public ImmutableArray<T> List<T>()
            where T : class, IKubernetesResource<T> => [];

        public ImmutableArray<T> List<T>(FactIndex index, string key)
            where T : class, IKubernetesResource<T> => [];
    }
}
