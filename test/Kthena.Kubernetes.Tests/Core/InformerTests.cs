using System.Threading.Channels;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging.Abstractions;
using static Kthena.Kubernetes.Tests.Core.Manifests;

namespace Kthena.Kubernetes.Tests.Core;

public sealed class InformerTests : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private readonly ManualTime _time = new();
    private readonly ScriptedTransport _transport = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<ResourceChange<Pod>> _changes = Channel.CreateUnbounded<ResourceChange<Pod>>();
    private readonly KubernetesClient _client;
    private readonly Informer<Pod> _informer;
    private Task _run = Task.CompletedTask;

    public InformerTests()
    {
        _client = new KubernetesClient(_transport, _time, ScriptedTransport.Patient);
        InformerOptions<Pod> options = new InformerOptions<Pod> { Query = new ListQuery { LabelSelector = "group" } }
            .WithIndex("role", pod => pod.Metadata.Labels["role"]);
        _informer = new Informer<Pod>(_client, options, _time, new Random(1), NullLogger.Instance);
        _informer.Subscribe(change => _changes.Writer.TryWrite(change));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(Guard);
        _stop.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task Informer_ListsInPages_ThenWatchesFromTheListsVersion()
    {
        Start();
        _informer.HasSynced.ShouldBeFalse();
        ScriptedTransport.Call first = await _transport.NextCallAsync();
        first.Request.Query.ShouldBe("labelSelector=group&limit=500");
        first.Reply(200, Page(7, "token", Pod("b", 3)));
        ScriptedTransport.Call second = await _transport.NextCallAsync();
        second.Request.Query.ShouldBe("labelSelector=group&limit=500&continue=token");
        second.Reply(200, List(7, Pod("a", 5)));

        ScriptedTransport.Watch watch = await _transport.NextWatchAsync();

        watch.Request.Query.ShouldContain("watch=true&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=");
        _informer.HasSynced.ShouldBeTrue();
        _informer.ObservedVersion.ShouldBe(7UL);
        _informer.Snapshot.Items.Select(pod => pod.Metadata.Name).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Informer_OnEvents_UpdatesCacheAndIndexAndTellsInOrder()
    {
        ScriptedTransport.Watch watch = await StartWithAsync(List(10, Pod("a", 1, "x")));
        await NextAsync();

        watch.Send("ADDED", Pod("b", 11, "x"));
        watch.Send("MODIFIED", Pod("a", 12, "y"));
        watch.Send("DELETED", Pod("b", 13, "x"));

        (await NextAsync()).Kind.ShouldBe(ResourceChangeKind.Added);
        ResourceChange<Pod> modified = await NextAsync();
        modified.Old!.Metadata.Labels["role"].ShouldBe("x");
        modified.New!.Metadata.Labels["role"].ShouldBe("y");
        ResourceChange<Pod> deleted = await NextAsync();
        deleted.Kind.ShouldBe(ResourceChangeKind.Deleted);
        deleted.Latest.Metadata.Name.ShouldBe("b");
        ResourceSnapshot<Pod> snapshot = _informer.Snapshot;
        snapshot.Select("role", "x").ShouldBeEmpty();
        snapshot.Select("role", "y").Single().Metadata.Name.ShouldBe("a");
        snapshot.KeysOf("role").ShouldBe(["y"]);
        snapshot.Find(new NamespacedName("default", "b")).ShouldBeNull();
        snapshot.Version.ShouldBe(13UL);
    }

    [Fact]
    public async Task Informer_OnBookmark_MovesTheVersionAndResumesThere()
    {
        ScriptedTransport.Watch watch = await StartWithAsync(List(10));
        Task reached = _informer.WaitForVersionAsync(99, CancellationToken.None);
        reached.IsCompleted.ShouldBeFalse();

        watch.Send("BOOKMARK", Bookmark(99));
        await reached.WaitAsync(Guard);
        watch.End();

        (await _transport.NextWatchAsync()).Request.Query.ShouldContain("resourceVersion=99&");
    }

    [Fact]
    public async Task Informer_WhenWatchBreaks_ResumesAtTheLastVersionWithoutListing()
    {
        ScriptedTransport.Watch watch = await StartWithAsync(List(10));
        watch.Send("ADDED", Pod("a", 11));
        await NextAsync();

        watch.Break();

        ScriptedTransport.Watch again = await _time.AdvanceUntil(_transport.NextWatchAsync());
        again.Request.Query.ShouldContain("resourceVersion=11&");
    }

    [Fact]
    public async Task Informer_OnGone_ListsAgainAndTellsWhatIsMissing()
    {
        ScriptedTransport.Watch watch = await StartWithAsync(List(10, Pod("a", 1), Pod("b", 2), Pod("c", 3)));
        await NextAsync();
        await NextAsync();
        await NextAsync();

        watch.Send("ERROR", """{"kind":"Status","code":410,"reason":"Expired","message":"too old"}""");
        ScriptedTransport.Call list = await _time.AdvanceUntil(_transport.NextCallAsync());
        list.Reply(200, List(50, Pod("a", 1), Pod("c", 40, uid: "other"), Pod("d", 41)));

        ResourceChange<Pod>[] changes = [await NextAsync(), await NextAsync(), await NextAsync(), await NextAsync()];
        changes.Select(change => $"{change.Kind} {change.Latest.Metadata.Name}")
            .ShouldBe(["Deleted b", "Deleted c", "Added c", "Added d"]);
        (await _transport.NextWatchAsync()).Request.Query.ShouldContain("resourceVersion=50&");
    }

    [Fact]
    public async Task Informer_WhenListFails_TriesAgainAfterBackoff()
    {
        Start();
        (await _transport.NextCallAsync()).Fail();
        ScriptedTransport.Call second = await _time.AdvanceUntil(_transport.NextCallAsync());
        second.ReplyStatus(503, "ServiceUnavailable");
        ScriptedTransport.Call third = await _time.AdvanceUntil(_transport.NextCallAsync());
        third.Reply(200, List(5));

        await _informer.WaitForSyncAsync(CancellationToken.None).WaitAsync(Guard);
    }

    [Fact]
    public async Task Informer_WhenNextPageExpired_ListsWholeAtOnce()
    {
        Start();
        (await _transport.NextCallAsync()).Reply(200, Page(7, "token", Pod("a", 1)));
        (await _transport.NextCallAsync()).ReplyStatus(410, "Expired");
        ScriptedTransport.Call whole = await _transport.NextCallAsync();
        whole.Request.Query.ShouldBe("labelSelector=group");
        whole.Reply(200, List(9, Pod("a", 1), Pod("b", 2)));

        await _informer.WaitForSyncAsync(CancellationToken.None).WaitAsync(Guard);

        _informer.Snapshot.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Informer_OnRepeatedOrOlderEvent_ChangesNothing()
    {
        ScriptedTransport.Watch watch = await StartWithAsync(List(10, Pod("a", 8, "x")));
        await NextAsync();

        watch.Send("MODIFIED", Pod("a", 8, "y"));
        watch.Send("MODIFIED", Pod("a", 7, "z"));
        watch.Send("ADDED", Pod("end", 11));

        (await NextAsync()).Latest.Metadata.Name.ShouldBe("end");
        _informer.Snapshot.CountOf("role", "x").ShouldBe(1);
    }

    [Fact]
    public async Task Informer_OnUnreadableObject_KeepsTheLastReadableState()
    {
        ScriptedTransport.Watch watch = await StartWithAsync(List(10, Pod("a", 8, "x")));
        await NextAsync();

        watch.Send("MODIFIED", """{"metadata":{"namespace":"default","name":"a","uid":"uid-a","resourceVersion":"11"},"spec":{"containers":7}}""");
        watch.Send("ADDED", Pod("end", 12));

        (await NextAsync()).Latest.Metadata.Name.ShouldBe("end");
        _informer.Snapshot.CountOf("role", "x").ShouldBe(1);
        _informer.ObservedVersion.ShouldBe(12UL);
    }

    [Fact]
    public async Task Informer_WhenASubscriberThrows_TellsTheOthers()
    {
        _informer.Subscribe(_ => throw new InvalidOperationException("a subscriber's own fault"));
        var seen = Channel.CreateUnbounded<string>();
        _informer.Subscribe(change => seen.Writer.TryWrite(change.Latest.Metadata.Name));

        await StartWithAsync(List(10, Pod("a", 8)));

        (await seen.Reader.ReadAsync().AsTask().WaitAsync(Guard)).ShouldBe("a");
    }

    [Fact]
    public async Task Informer_WhenThePeerFallsSilent_OpensAnotherWatch()
    {
        await StartWithAsync(List(10));

        ScriptedTransport.Watch again = await _time.AdvanceUntil(_transport.NextWatchAsync());

        again.Request.Query.ShouldContain("resourceVersion=10&");
    }

    [Fact]
    public async Task Informer_WhenServersDataWasReplaced_TakesTheLowerVersion()
    {
        ScriptedTransport.Watch watch = await StartWithAsync(List(1000, Pod("a", 900)));
        await NextAsync();

        watch.Send("ERROR", """{"kind":"Status","code":410,"reason":"Expired","message":"too old"}""");
        (await _time.AdvanceUntil(_transport.NextCallAsync())).Reply(200, List(5));

        (await NextAsync()).Kind.ShouldBe(ResourceChangeKind.Deleted);
        (await _transport.NextWatchAsync()).Request.Query.ShouldContain("resourceVersion=5&");
        _informer.ObservedVersion.ShouldBe(5UL);
    }

    [Fact]
    public void Snapshot_UnknownIndex_IsAnError() =>
        Should.Throw<ArgumentException>(() => _informer.Snapshot.Select("nope", "x")).Message.ShouldContain("no index 'nope'");

    private void Start() => _run = _informer.RunAsync(_stop.Token);

    private async Task<ScriptedTransport.Watch> StartWithAsync(string list)
    {
        Start();
        (await _transport.NextCallAsync()).Reply(200, list);
        return await _transport.NextWatchAsync();
    }

    private async Task<ResourceChange<Pod>> NextAsync() => await _changes.Reader.ReadAsync().AsTask().WaitAsync(Guard);
}
