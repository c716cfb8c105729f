using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Kubernetes.Tests.Core;

public sealed class EventRecorderTests : IAsyncDisposable
{
    private static readonly EventSubject Subject = new(ResourceKinds.Pod, new NamespacedName("ns", "a"), "uid-a");

    private readonly ManualTime _time = new();
    private readonly ScriptedTransport _transport = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly KubernetesClient _client;
    private readonly EventRecorder _recorder;
    private readonly Task _run;

    public EventRecorderTests()
    {
        _client = new KubernetesClient(_transport, _time);
        var options = new EventRecorderOptions { Component = "test", QueueLengthMax = 3 };
        _recorder = new EventRecorder(_client, options, _time, new Random(1), NullLogger.Instance);
        _run = _recorder.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(TimeSpan.FromMinutes(2));
        _stop.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task Record_WritesACoreEvent()
    {
        _recorder.Record(Subject, EventRecorder.Warning, "Broken", "It broke.");

        ScriptedTransport.Call call = await _transport.NextCallAsync();
        call.Request.ToString().ShouldBe("POST /api/v1/namespaces/ns/events");
        call.Body!["involvedObject"]!["uid"]!.GetValue<string>().ShouldBe("uid-a");
        call.Body["firstTimestamp"]!.GetValue<string>().ShouldBe("2026-01-01T00:00:00Z");
        call.Body["source"]!["component"]!.GetValue<string>().ShouldBe("test");
        call.Reply(201, "{}");
    }

    [Fact]
    public async Task Record_OfARepeat_RaisesTheCount()
    {
        _recorder.Record(Subject, EventRecorder.Normal, "R", "m");
        ScriptedTransport.Call create = await _transport.NextCallAsync();
        string name = create.Body!["metadata"]!["name"]!.GetValue<string>();
        create.Reply(201, "{}");
        _time.Advance(TimeSpan.FromSeconds(5));

        _recorder.Record(Subject, EventRecorder.Normal, "R", "m");

        ScriptedTransport.Call patch = await _transport.NextCallAsync();
        patch.Request.ToString().ShouldBe($"PATCH /api/v1/namespaces/ns/events/{name}");
        patch.Body!.ToJsonString().ShouldBe("""{"count":2,"lastTimestamp":"2026-01-01T00:00:05Z"}""");
        patch.ReplyStatus(404, "NotFound");
        (await _transport.NextCallAsync()).Request.Method.ShouldBe("POST");
    }

    [Fact]
    public async Task Record_WhenTheServerStalls_NeverBlocksAndCountsLosses()
    {
        _recorder.Record(Subject, EventRecorder.Normal, "R", "0");
        await _transport.NextCallAsync();

        for (int i = 1; i <= 5; i++)
            _recorder.Record(Subject, EventRecorder.Normal, "R", $"{i}");

        _recorder.Dropped.ShouldBe(2);
    }

    [Fact]
    public void Correlator_ManyMessagesOfOneReason_AreToldAsOneAfterTheFirstTen()
    {
        var correlator = new EventCorrelator(new EventRecorderOptions { Component = "test" });
        CorrelatedEvent[] taken = [.. Enumerable.Range(0, 30).Select(pod => Take(correlator, EventRecorder.Normal, $"pod {pod}")!.Value)];
        taken.Select(static written => written.Key).Distinct().Count().ShouldBe(11);
        taken[9].Message.ShouldBe("pod 9");
        taken[29].Message.ShouldBe("(combined from similar events): pod 29");
        Take(correlator, EventRecorder.Normal, "pod 3")!.Value.Message.ShouldBe("pod 3");
    }

    [Fact]
    public void Correlator_SubjectThatTalksTooMuch_IsHeldBackAndCountedLater_WarningsApart()
    {
        var correlator = new EventCorrelator(new EventRecorderOptions { Component = "test", BurstMax = 5 });
        for (int repeat = 0; repeat < 5; repeat++)
            Take(correlator, EventRecorder.Normal, "m").ShouldNotBeNull();
        Take(correlator, EventRecorder.Normal, "m").ShouldBeNull();
        Take(correlator, EventRecorder.Normal, "m").ShouldBeNull();
        Take(correlator, EventRecorder.Warning, "broken").ShouldNotBeNull();
        _time.Advance(TimeSpan.FromSeconds(10));
        Take(correlator, EventRecorder.Normal, "m")!.Value.Occurrences.ShouldBe(3);
        Take(correlator, EventRecorder.Normal, "m").ShouldBeNull();
    }

    private CorrelatedEvent? Take(EventCorrelator correlator, string type, string message) =>
        correlator.Take(Subject, type, "R", message, _time.GetUtcNow());
}
