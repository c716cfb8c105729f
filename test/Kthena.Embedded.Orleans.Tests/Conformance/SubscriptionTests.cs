using Microsoft.Extensions.Logging.Abstractions;
using Orleans;
using Orleans.Utilities;

namespace Kthena.Conformance;

public interface IPaper : IGrainWithStringKey
{
    Task Subscribe(INewsObserver observer);

    Task Unsubscribe(INewsObserver observer);

    Task Publish(string news);

    Task<int> AskAll(int number);

    Task PassTime(TimeSpan time);

    Task<int> Subscribers();
}

/// <summary>Its time is its own, so that subscriptions end when a test says so.</summary>
public sealed class PaperGrain : Grain, IPaper
{
    private readonly ObserverManager<INewsObserver> _observers = new(TimeSpan.FromMinutes(1), NullLogger.Instance);
    private DateTime _now = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public PaperGrain() => _observers.GetDateTime = () => _now;

    public Task Subscribe(INewsObserver observer)
    {
        _observers.Subscribe(observer, observer);
        return Task.CompletedTask;
    }

    public Task Unsubscribe(INewsObserver observer)
    {
        _observers.Unsubscribe(observer);
        return Task.CompletedTask;
    }

    public Task Publish(string news)
    {
        _observers.Notify(observer => observer.Heard(news));
        return Task.CompletedTask;
    }

    public async Task<int> AskAll(int number)
    {
        var sum = 0;
        await _observers.Notify(async observer => sum += await observer.Asked(number));
        return sum;
    }

    public Task PassTime(TimeSpan time)
    {
        _now += time;
        _observers.ClearExpired();
        return Task.CompletedTask;
    }

    public Task<int> Subscribers() => Task.FromResult(_observers.Count);
}

[Collection(ClusterGroup.Name)]
public sealed class SubscriptionTests(ClusterFixture cluster)
{
    private readonly string _key = cluster.NewKey();

    private IPaper Paper => cluster.Grains.GetGrain<IPaper>(_key);

    [Fact]
    public async Task Subscribers_HearTheNews()
    {
        var (first, second) = (new Reader($"{_key}/first"), new Reader($"{_key}/second"));
        await Paper.Subscribe(Refer(first));
        await Paper.Subscribe(Refer(second));
        await Paper.Publish("today");
        await Signals.Wait($"{_key}/first/today");
        await Signals.Wait($"{_key}/second/today");
        (await Paper.AskAll(20)).ShouldBe(42);
        GC.KeepAlive(first);
        GC.KeepAlive(second);
    }

    [Fact]
    public async Task Subscriber_TwiceByOneReference_IsOne()
    {
        var reader = new Reader(_key);
        var reference = Refer(reader);
        await Paper.Subscribe(reference);
        await Paper.Subscribe(reference);
        (await Paper.Subscribers()).ShouldBe(1);
        await Paper.Unsubscribe(reference);
        (await Paper.Subscribers()).ShouldBe(0);
        GC.KeepAlive(reader);
    }

    [Fact]
    public async Task Subscription_NotRenewedInTime_Ends()
    {
        var (old, renewed) = (new Reader($"{_key}/old"), new Reader($"{_key}/renewed"));
        var reference = Refer(renewed);
        await Paper.Subscribe(Refer(old));
        await Paper.Subscribe(reference);
        await Paper.PassTime(TimeSpan.FromSeconds(40));
        await Paper.Subscribe(reference);
        await Paper.PassTime(TimeSpan.FromSeconds(40));
        (await Paper.Subscribers()).ShouldBe(1);
        (await Paper.AskAll(1)).ShouldBe(2);
        GC.KeepAlive(old);
        GC.KeepAlive(renewed);
    }

    [Fact]
    public async Task Subscriber_WhoseAnswerFails_IsDropped()
    {
        var (failing, fine) = (new Reader($"{_key}/failing") { Fails = true }, new Reader($"{_key}/fine"));
        await Paper.Subscribe(Refer(failing));
        await Paper.Subscribe(Refer(fine));
        (await Paper.AskAll(1)).ShouldBe(2);
        (await Paper.Subscribers()).ShouldBe(1);
        GC.KeepAlive(failing);
        GC.KeepAlive(fine);
    }

    private INewsObserver Refer(Reader reader) => cluster.Grains.CreateObjectReference<INewsObserver>(reader);

    private sealed class Reader(string name) : INewsObserver
    {
        public bool Fails { get; init; }

        public void Heard(string news) => Signals.Set($"{name}/{news}");

        public Task<int> Asked(int number) => Fails ? throw new BoundaryException("not at home", 4) : Task.FromResult(number + 1);
    }
}
