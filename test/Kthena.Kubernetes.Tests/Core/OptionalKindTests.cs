using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging.Abstractions;
using static Kthena.Kubernetes.Tests.Core.Manifests;

namespace Kthena.Kubernetes.Tests.Core;

/// <summary>A kind that the API server may lack, or that comes and goes while we run.</summary>
public sealed class OptionalKindTests : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private readonly ManualTime _time = new();
    private readonly ScriptedTransport _transport = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _changes = [];
    private readonly KubernetesClient _client;
    private readonly Informer<Pod> _informer;
    private readonly Task _run;
    private readonly TaskCompletionSource<bool> _oftenAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isKnownAbsent;
    private int _asked;

    public OptionalKindTests()
    {
        _client = new KubernetesClient(_transport, _time, ScriptedTransport.Patient);
        _informer = new Informer<Pod>(
            _client, new InformerOptions<Pod> { IsOptional = true, IsKnownAbsent = IsKnownAbsent }, _time, new Random(1), NullLogger.Instance);
        _informer.Subscribe(change => _changes.Add($"{change.Kind} {change.Latest.Metadata.Name}"));
        _run = _informer.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(Guard);
        _stop.Dispose();
        _client.Dispose();
    }

    [Theory]
    [InlineData(404, "NotFound")]
    [InlineData(403, "Forbidden")]
    public async Task Kind_ThatIsMissing_IsKnownToHaveNoObjects(int status, string reason)
    {
        (await _transport.NextCallAsync()).ReplyStatus(status, reason);
        await _informer.WaitForSyncAsync(CancellationToken.None).WaitAsync(Guard);

        _informer.IsServed.ShouldBeFalse();
        _informer.Snapshot.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Kind_ThatStaysMissing_IsLookedForLessAndLess()
    {
        DateTimeOffset start = _time.GetUtcNow();
        int looks = 0;
        (await _transport.NextCallAsync()).ReplyStatus(404, "NotFound");
        while (_time.GetUtcNow() - start < TimeSpan.FromHours(1))
        {
            (await _time.AdvanceUntil(_transport.NextCallAsync())).ReplyStatus(404, "NotFound");
            looks++;
        }
        looks.ShouldBeLessThan(35);
    }

    [Fact]
    public async Task Kind_KnownToBeMissing_IsNotLookedForUntilThatIsNotKnownAnyMore()
    {
        _isKnownAbsent = true;
        (await _transport.NextCallAsync()).ReplyStatus(404, "NotFound");
        await _informer.WaitForSyncAsync(CancellationToken.None).WaitAsync(Guard);
        await _time.AdvanceUntil(_oftenAsked.Task);
        _transport.InFlight.ShouldBe(0);

        _isKnownAbsent = false;
        (await _time.AdvanceUntil(_transport.NextCallAsync())).Reply(200, List(10, Pod("a", 1)));
        await _transport.NextWatchAsync();
        _informer.IsServed.ShouldBeTrue();
    }

    [Fact]
    public async Task Kind_SaidToHaveCome_ThatIsNotThereYet_IsLookedForEagerly()
    {
        _isKnownAbsent = true;
        (await _transport.NextCallAsync()).ReplyStatus(404, "NotFound");
        await _informer.WaitForSyncAsync(CancellationToken.None).WaitAsync(Guard);
        await _time.AdvanceUntil(_oftenAsked.Task);

        _isKnownAbsent = false;
        _informer.Recheck();
        (await _transport.NextCallAsync()).ReplyStatus(404, "NotFound");
        await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(1));
        (await _time.AdvanceUntil(_transport.NextCallAsync())).Reply(200, List(10, Pod("a", 1)));
        await _transport.NextWatchAsync();
    }

    [Fact]
    public async Task Kind_SaidToHaveCome_IsListedAtOnce()
    {
        (await _transport.NextCallAsync()).ReplyStatus(404, "NotFound");
        await _informer.WaitForSyncAsync(CancellationToken.None).WaitAsync(Guard);

        _informer.Recheck();
        (await _transport.NextCallAsync()).Reply(200, List(10, Pod("a", 1)));
        await _transport.NextWatchAsync();

        _informer.IsServed.ShouldBeTrue();
        _changes.ShouldBe(["Added a"]);
    }

    [Fact]
    public async Task Kind_ThatLeaves_TakesItsObjectsAlong()
    {
        (await _transport.NextCallAsync()).Reply(200, List(10, Pod("a", 1)));
        ScriptedTransport.Watch watch = await _transport.NextWatchAsync();
        watch.Send("BOOKMARK", Bookmark(99));
        await _informer.WaitForVersionAsync(99, CancellationToken.None).WaitAsync(Guard);

        _informer.Recheck();
        (await _transport.NextCallAsync()).ReplyStatus(404, "NotFound");
        (await _time.AdvanceUntil(_transport.NextCallAsync())).Reply(200, List(120, Pod("b", 110)));
        await _transport.NextWatchAsync();

        _changes.ShouldBe(["Added a", "Deleted a", "Added b"]);
        _informer.ObservedVersion.ShouldBe(120UL);
    }

    private bool IsKnownAbsent()
    {
        const int Often = 12;
        if (++_asked == Often)
            _oftenAsked.SetResult(true);
        return _isKnownAbsent;
    }
}
