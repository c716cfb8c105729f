using Kthena.Kubernetes.Core;

namespace Kthena.Kubernetes.Tests.Core;

public sealed class TurnQueueTests
{
    private readonly TurnQueue<string> _queue = new();

    [Fact]
    public void Objects_OfOneLane_GoInOrderOfArrivalDeletesFirst()
    {
        _queue.Add("a1", RequestUrgency.Object, "a");
        _queue.Add("a2", RequestUrgency.Object, "a");
        _queue.Add("a3", RequestUrgency.Delete, "a");
        All().ShouldBe(["a3", "a1", "a2"]);
    }

    [Fact]
    public void Objects_OfManyLanes_TakeTurns()
    {
        foreach (string item in (string[])["a1", "a2", "a3", "b1", "c1", "c2"])
            _queue.Add(item, RequestUrgency.Object, item[..1]);
        All().ShouldBe(["a1", "b1", "c1", "a2", "c2", "a3"]);
        _queue.Lanes.ShouldBe(0);
    }

    [Fact]
    public void Lane_ThatComesBack_QueuesBehindTheOthers()
    {
        _queue.Add("a1", RequestUrgency.Object, "a");
        _queue.Add("b1", RequestUrgency.Object, "b");
        _queue.Add("b2", RequestUrgency.Object, "b");
        Next().ShouldBe("a1");
        _queue.Add("a2", RequestUrgency.Object, "a");
        All().ShouldBe(["b1", "a2", "b2"]);
    }

    [Fact]
    public void Urgency_OfEachKind_HasItsPlace()
    {
        _queue.Add("event", RequestUrgency.Event, "");
        _queue.Add("object", RequestUrgency.Object, "a");
        _queue.Add("lease", RequestUrgency.Lease, "");
        _queue.Add("read", RequestUrgency.Read, "");
        All().ShouldBe(["read", "lease", "object", "event"]);
    }

    [Fact]
    public void Events_BesideManyObjects_GoEverySixteenthTurn()
    {
        for (int i = 0; i < 3; i++)
            _queue.Add($"event{i}", RequestUrgency.Event, "");
        for (int i = 0; i < 100; i++)
            _queue.Add("object", RequestUrgency.Object, $"{i % 7}");
        List<string> all = All();
        all.Count.ShouldBe(103);
        all.IndexOf("event0").ShouldBe(15);
        all.IndexOf("event1").ShouldBe(31);
        all.IndexOf("event2").ShouldBe(47);
    }

    [Fact]
    public void HeldBack_OnlyReadsAndLeasesGo()
    {
        _queue.Add("object", RequestUrgency.Delete, "a");
        _queue.Add("event", RequestUrgency.Event, "");
        _queue.Add("lease", RequestUrgency.Lease, "");
        _queue.Next(mayWrite: true, isHeldBack: true).ShouldBe("lease");
        _queue.Next(mayWrite: true, isHeldBack: true).ShouldBeNull();
        _queue.Count.ShouldBe(2);
    }

    [Fact]
    public void NoPlaceForWrites_OnlyReadsGo()
    {
        _queue.Add("lease", RequestUrgency.Lease, "");
        _queue.Add("read", RequestUrgency.Read, "");
        _queue.Next(mayWrite: false, isHeldBack: false).ShouldBe("read");
        _queue.Next(mayWrite: false, isHeldBack: false).ShouldBeNull();
    }

    [Theory]
    [InlineData("GET", "/api/v1/pods", "Read")]
    [InlineData("PATCH", "/apis/coordination.k8s.io/v1/namespaces/n/leases/x", "Lease")]
    [InlineData("POST", "/api/v1/namespaces/n/events", "Event")]
    [InlineData("PATCH", "/apis/events.k8s.io/v1/namespaces/n/events/e.1", "Event")]
    [InlineData("PATCH", "/api/v1/namespaces/events/pods/events", "Object")]
    [InlineData("POST", "/api/v1/namespaces/events/pods", "Object")]
    [InlineData("DELETE", "/api/v1/namespaces/n/pods/p", "Delete")]
    [InlineData("PATCH", "/api/v1/namespaces/n/pods/p/status", "Object")]
    public void Request_HasTheUrgencyOfWhatItAsks(string method, string path, string urgency) =>
        RequestUrgencies.Of(new KubernetesRequest(method, path)).ToString().ShouldBe(urgency);

    private string? Next() => _queue.Next(mayWrite: true, isHeldBack: false);

    private List<string> All()
    {
        var all = new List<string>();
        while (Next() is { } next)
            all.Add(next);
        _queue.Count.ShouldBe(0);
        return all;
    }
}
