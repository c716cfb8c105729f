using Kthena.Model.Routing;
using Kthena.Routing.Scheduling;

namespace Kthena.Router.Tables;

/// <summary>What this router knows of one endpoint beyond the snapshot. It lives as long as the pod is in the table.</summary>
/// <param name="view">The endpoint.</param>
/// <param name="number">Its number in the model server's <see cref="PromptMemory"/>.</param>
internal sealed class EndpointState(EngineEndpoint view, int number)
{
    private EngineEndpoint _view = view;
    private EndpointLoad? _load;
    private int _inFlight;
    private int _othersInFlight;
    private long _pendingBytes;
    private long _silentUntil;

    /// <summary>The endpoint as the newest snapshot has it.</summary>
    public EngineEndpoint View
    {
        get => Volatile.Read(ref _view);
        set => Volatile.Write(ref _view, value);
    }

    public string BaseUrl { get; } = view.BaseUrl;

    public int Number { get; } = number;

    /// <summary>Requests that this router sent there and that have not ended.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>The same, with what other routers told of.</summary>
    public int AllInFlight => InFlight + Volatile.Read(ref _othersInFlight);

    /// <summary>Bytes of streams' prompts that this router sent there, that it did not hold, and whose first token has not come.</summary>
    public long PendingBytes => Math.Max(0, Volatile.Read(ref _pendingBytes));

    /// <summary>What the cluster knows of its load; null while it knows nothing.</summary>
    public EndpointLoad? Load => Volatile.Read(ref _load);

    public OutlierBreaker Breaker { get; } = new();

    public LatencyRates Rates { get; } = new();

    public void Begin() => Interlocked.Increment(ref _inFlight);

    public void End() => Interlocked.Decrement(ref _inFlight);

    public void AddPending(long bytes) => Interlocked.Add(ref _pendingBytes, bytes);

    /// <summary>
    /// How long it computes the prompts of requests that do not stream. Nobody says when such a one is computed, and its answer may take
    /// minutes more: it counts for as long as the learnt rates say.
    /// </summary>
    /// <param name="now">The instant.</param>
    public TimeSpan SilentWork(DateTimeOffset now) => TimeSpan.FromTicks(Math.Max(0, Volatile.Read(ref _silentUntil) - now.UtcTicks));

    /// <summary>Adds to <see cref="SilentWork"/>, or takes away what was added and did not come to be.</summary>
    /// <param name="work">How much.</param>
    /// <param name="now">The instant.</param>
    public void AddSilentWork(TimeSpan work, DateTimeOffset now)
    {
        long before = Volatile.Read(ref _silentUntil);
        while (true)
        {
            long until = Math.Max(before, now.UtcTicks) + work.Ticks;
            long seen = Interlocked.CompareExchange(ref _silentUntil, until, before);
            if (seen == before)
                return;
            before = seen;
        }
    }

    /// <summary>How long it computes prompts that this router sent there, in seconds.</summary>
    /// <param name="now">The instant.</param>
    public double PrefillBacklogSeconds(DateTimeOffset now) => (PendingBytes / 1024.0 * Rates.SecondsPerKiB) + SilentWork(now).TotalSeconds;

    /// <summary>Takes what the cluster knows.</summary>
    /// <param name="load">The load; null when nothing is known any more.</param>
    /// <param name="router">This router, whose own count it has itself.</param>
    public void Learn(EndpointLoad? load, string router)
    {
        int others = 0;
        foreach (RouterInFlight held in load?.Routers ?? [])
            others += held.Router == router ? 0 : held.Count;
        Volatile.Write(ref _load, load);
        Volatile.Write(ref _othersInFlight, others);
    }
}
