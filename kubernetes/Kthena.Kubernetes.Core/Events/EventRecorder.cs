using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Kthena.Model;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging;

namespace Kthena.Kubernetes.Core;

/// <summary>
/// Writes core/v1 Events. Recording never waits: events queue up and are dropped when the queue is full. A repeat of the same
/// event (subject, type, reason and message) raises the count of the one that is there, and <see cref="EventCorrelator"/>
/// bounds how many there are.
/// </summary>
public sealed class EventRecorder
{
    /// <summary>Something that went as it should.</summary>
    public const string Normal = "Normal";

    /// <summary>Something that a person may want to look at.</summary>
    public const string Warning = "Warning";

    private const int MessageLengthMax = 1024;

    private readonly KubernetesClient _client;
    private readonly EventRecorderOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _chance;
    private readonly ILogger _logger;
    private readonly Channel<Occurrence> _queue;
    private readonly EventCorrelator _correlator;
    private readonly RecentEntries<EventKey, Written> _written;
    private long _dropped;

    /// <summary>Creates a recorder that writes once <see cref="RunAsync"/> runs.</summary>
    /// <param name="client">Reaches the API server.</param>
    /// <param name="options">Who speaks, and the bounds.</param>
    /// <param name="time">Stamps the events.</param>
    /// <param name="chance">Keeps names of events apart; used by the running loop alone.</param>
    /// <param name="logger">Where losses go.</param>
    public EventRecorder(KubernetesClient client, EventRecorderOptions options, TimeProvider time, Random chance, ILogger logger)
    {
        _client = client;
        _options = options;
        _time = time;
        _chance = chance;
        _logger = logger;
        _correlator = new EventCorrelator(options);
        _written = new RecentEntries<EventKey, Written>(options.RememberedMax);
        _queue = Channel.CreateBounded<Occurrence>(new BoundedChannelOptions(options.QueueLengthMax) { SingleReader = true });
    }

    /// <summary>Events dropped because the queue was full.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Queues an event; returns at once.</summary>
    /// <param name="subject">What it is about.</param>
    /// <param name="type"><see cref="Normal"/> or <see cref="Warning"/>.</param>
    /// <param name="reason">A CamelCase word for machines.</param>
    /// <param name="message">A sentence for people; cut at 1,024 characters.</param>
    public void Record(EventSubject subject, string type, string reason, string message)
    {
        if (_queue.Writer.TryWrite(new Occurrence(subject, type, reason, Clip(message), _time.GetUtcNow())))
            return;
        long dropped = Interlocked.Increment(ref _dropped);
        // Powers of two: a flood must not flood the log too.
        if ((dropped & (dropped - 1)) == 0)
            _logger.QueueFull(dropped);
    }

    /// <summary>Writes queued events until cancelled.</summary>
    /// <param name="cancellationToken">Ends the run; it then returns without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(cancellationToken))
            {
                while (_queue.Reader.TryRead(out Occurrence? occurrence))
                    await WriteAsync(occurrence, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task WriteAsync(Occurrence occurrence, CancellationToken cancellationToken)
    {
        if (_correlator.Take(occurrence.Subject, occurrence.Type, occurrence.Reason, occurrence.Message, occurrence.At) is not { } correlated)
            return;
        try
        {
            bool isRepeat = _written.TryGet(correlated.Key, out Written? known) && occurrence.At - known.LastAt <= _options.RepeatWindow;
            if (!isRepeat || !await RaiseCountAsync(known!, correlated, occurrence.At, cancellationToken))
                await CreateAsync(correlated, occurrence.At, cancellationToken);
        }
        catch (KubernetesException error)
        {
            _logger.EventLost(occurrence.Reason, occurrence.Subject.Kind.Kind, occurrence.Subject.Key.ToString(), error.Message);
        }
    }

    private async Task<bool> RaiseCountAsync(Written known, CorrelatedEvent correlated, DateTimeOffset at, CancellationToken cancellationToken)
    {
        int count = known.Count + correlated.Occurrences;
        var patch = new JsonObject { ["count"] = count, ["lastTimestamp"] = Stamp(at) };
        if (correlated.Key.Message is null)
            patch["message"] = Clip(correlated.Message);
        try
        {
            await _client.PatchAsync(
                ResourceKinds.Event,
                new NamespacedName(correlated.Key.Subject.EventNamespace, known.Name),
                KubernetesPatch.Merge(patch),
                cancellationToken);
        }
        catch (KubernetesApiException error) when (error.IsNotFound)
        {
            return false;
        }
        _written.Set(correlated.Key, known with { Count = count, LastAt = at });
        return true;
    }

    private async Task CreateAsync(CorrelatedEvent correlated, DateTimeOffset at, CancellationToken cancellationToken)
    {
        EventSubject subject = correlated.Key.Subject;
        string name = string.Create(
            CultureInfo.InvariantCulture, $"{subject.Key.Name}.{at.UtcTicks:x}{_chance.Next(0x10000):x4}");
        var source = new JsonObject { ["component"] = _options.Component };
        if (_options.Host is not null)
            source["host"] = _options.Host;
        var manifest = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = subject.EventNamespace },
            ["involvedObject"] = new JsonObject
            {
                ["apiVersion"] = subject.Kind.ApiVersion,
                ["kind"] = subject.Kind.Kind,
                ["namespace"] = subject.Key.Namespace,
                ["name"] = subject.Key.Name,
                ["uid"] = subject.Uid,
            },
            ["type"] = correlated.Key.Type,
            ["reason"] = correlated.Key.Reason,
            ["message"] = Clip(correlated.Message),
            ["source"] = source,
            ["count"] = correlated.Occurrences,
            ["firstTimestamp"] = Stamp(at),
            ["lastTimestamp"] = Stamp(at),
        };
        await _client.CreateAsync(
            ResourceKinds.Event, subject.EventNamespace, new RawJson(JsonSerializer.SerializeToUtf8Bytes(manifest)), cancellationToken);
        _written.Set(correlated.Key, new Written(name, correlated.Occurrences, at));
    }

    private static string Clip(string message) => message.Length > MessageLengthMax ? message[..MessageLengthMax] : message;

    private static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private sealed record Occurrence(EventSubject Subject, string Type, string Reason, string Message, DateTimeOffset At);

    private sealed record Written(string Name, int Count, DateTimeOffset LastAt);
}
