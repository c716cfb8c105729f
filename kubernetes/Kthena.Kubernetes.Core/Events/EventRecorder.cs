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
/// event (subject, type, reason and message) raises the count of the one that is there.
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
    private readonly Dictionary<EventKey, LinkedListNode<Written>> _written = [];
    private readonly LinkedList<Written> _byAge = new();
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
        if (message.Length > MessageLengthMax)
            message = message[..MessageLengthMax];
        if (_queue.Writer.TryWrite(new Occurrence(new EventKey(subject, type, reason, message), _time.GetUtcNow())))
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
        EventKey key = occurrence.Key;
        try
        {
            if (Repeats(occurrence) is not { } known || !await RaiseCountAsync(known, occurrence, cancellationToken))
                await CreateAsync(occurrence, cancellationToken);
        }
        catch (KubernetesException error)
        {
            _logger.EventLost(key.Reason, key.Subject.Kind.Kind, key.Subject.Key.ToString(), error.Message);
        }
    }

    private Written? Repeats(Occurrence occurrence) =>
        _written.TryGetValue(occurrence.Key, out LinkedListNode<Written>? node)
        && occurrence.At - node.Value.LastAt <= _options.RepeatWindow
            ? node.Value
            : null;

    private async Task<bool> RaiseCountAsync(Written known, Occurrence occurrence, CancellationToken cancellationToken)
    {
        var patch = new JsonObject { ["count"] = known.Count + 1, ["lastTimestamp"] = Stamp(occurrence.At) };
        try
        {
            await _client.PatchAsync(
                ResourceKinds.Event,
                new NamespacedName(occurrence.Key.Subject.EventNamespace, known.Name),
                KubernetesPatch.Merge(patch),
                cancellationToken);
        }
        catch (KubernetesApiException error) when (error.IsNotFound)
        {
            return false;
        }
        Remember(known with { Count = known.Count + 1, LastAt = occurrence.At });
        return true;
    }

    private async Task CreateAsync(Occurrence occurrence, CancellationToken cancellationToken)
    {
        EventSubject subject = occurrence.Key.Subject;
        string name = string.Create(
            CultureInfo.InvariantCulture, $"{subject.Key.Name}.{occurrence.At.UtcTicks:x}{_chance.Next(0x10000):x4}");
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
            ["type"] = occurrence.Key.Type,
            ["reason"] = occurrence.Key.Reason,
            ["message"] = occurrence.Key.Message,
            ["source"] = source,
            ["count"] = 1,
            ["firstTimestamp"] = Stamp(occurrence.At),
            ["lastTimestamp"] = Stamp(occurrence.At),
        };
        await _client.CreateAsync(
            ResourceKinds.Event, subject.EventNamespace, new RawJson(JsonSerializer.SerializeToUtf8Bytes(manifest)), cancellationToken);
        Remember(new Written(occurrence.Key, name, 1, occurrence.At));
    }

    private void Remember(Written written)
    {
        if (_written.Remove(written.Key, out LinkedListNode<Written>? old))
            _byAge.Remove(old);
        _written[written.Key] = _byAge.AddLast(written);
        if (_written.Count <= _options.RememberedMax)
            return;
        _written.Remove(_byAge.First!.Value.Key);
        _byAge.RemoveFirst();
    }

    private static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private sealed record EventKey(EventSubject Subject, string Type, string Reason, string Message);

    private sealed record Occurrence(EventKey Key, DateTimeOffset At);

    private sealed record Written(EventKey Key, string Name, int Count, DateTimeOffset LastAt);
}
