using Kthena.Embedded.CodeGeneration;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>
/// One activation of a grain: an inbox, and the task scheduler on which the grain's turns run one at a time.
/// </summary>
/// <remarks>
/// The inbox is a stack that senders push with one compare-and-swap and that the running turn takes whole. Its head also says
/// whether the activation is scheduled: <see cref="Idle"/> means that nobody will run it, so whoever pushes onto that must
/// queue it. Everything else in this class is touched only by the turn that is running, so no lock is held anywhere.
/// </remarks>
internal sealed partial class Activation : TaskScheduler, IThreadPoolWorkItem, IGrainContext
{
    /// <summary>After this many inbox entries an activation goes to the back of the line.</summary>
    private const int Quantum = 512;

    private static readonly TurnItem Idle = new SignalItem();
    private static readonly Action<object?> PumpAction = static activation => ((Activation)activation!).Pump();

    [ThreadStatic]
    private static Activation? _current;

    private readonly SignalItem _signal = new();
    private TurnItem? _inbox = Idle;
    private Task? _pump;

    public Activation(SiloRuntime silo, GrainClass grainClass, string key)
    {
        Silo = silo;
        Class = grainClass;
        Key = key;
    }

    /// <summary>Creates what runs the calls of an observer.</summary>
    public Activation(SiloRuntime silo, string key, WeakReference observer)
        : this(silo, GrainClass.Observers, key)
    {
        _observer = observer;
        _stage = Stage.Valid;
    }

    /// <summary>The activation whose turn runs on this thread.</summary>
    public static Activation? Running => _current;

    public SiloRuntime Silo { get; }

    public GrainClass Class { get; }

    public string Key { get; }

    public GrainId GrainId => new(Class.Name, Key);

    /// <summary>Whether its calls pass filters.</summary>
    public bool IsFiltered => Silo.CallFilters.Length > 0 || Class.FiltersItsCalls;

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>The activation of a grain that is used where only its own code may be.</summary>
    public static Activation Of(IGrainBase grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return grain.GrainContext as Activation
            ?? throw new InvalidOperationException(
                $"{grain.GetType()} was created outside the grain runtime. Call it through a reference from an IGrainFactory.");
    }

    public GrainTarget AsTarget() => new GrainByKey(Silo, Class, Key);

    public override string ToString() => $"{Class.Name}/{Key}";

    /// <summary>Adds an entry from any thread.</summary>
    public void Push(TurnItem item)
    {
        if (Silo.Guard is { } guard && !guard.Admits(this))
        {
            return;
        }

        var head = Volatile.Read(ref _inbox);
        while (true)
        {
            item.Next = ReferenceEquals(head, Idle) ? null : head;
            var seen = Interlocked.CompareExchange(ref _inbox, item, head);
            if (ReferenceEquals(seen, head))
            {
                break;
            }

            head = seen;
        }

        if (ReferenceEquals(head, Idle))
        {
            Silo.Turns.Queue(this);
        }
    }

    /// <summary>Makes the activation look at its state in a turn of its own.</summary>
    public void Signal()
    {
        if (Interlocked.Exchange(ref _signal.Queued, 1) == 0)
        {
            Push(_signal);
        }
    }

    void IThreadPoolWorkItem.Execute() => Run();

    /// <summary>Runs turns until the inbox is empty or the quantum is used up. Only <see cref="ITurnQueue"/> calls it.</summary>
    public void Run()
    {
        var outer = _current;
        _current = this;
        try
        {
            var left = Quantum;
            while (true)
            {
                left -= RunBatch(TakeInbox());
                if (ReferenceEquals(Interlocked.CompareExchange(ref _inbox, Idle, null), null))
                {
                    return;
                }

                if (left <= 0)
                {
                    Silo.Turns.QueueLast(this);
                    return;
                }
            }
        }
        finally
        {
            _current = outer;
        }
    }

    protected override void QueueTask(Task task)
    {
        if (!ReferenceEquals(task, _pump))
        {
            Push(new TaskItem(task));
        }
    }

    // A queued task waits for its place; a new one may run at once when a turn of this activation starts it.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(_current, this) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    /// <summary>Takes all entries, the oldest first.</summary>
    private TurnItem? TakeInbox()
    {
        var newest = Interlocked.Exchange(ref _inbox, null);
        TurnItem? oldest = null;
        while (newest is not null)
        {
            var next = newest.Next;
            newest.Next = oldest;
            oldest = newest;
            newest = next;
        }

        return oldest;
    }

    private int RunBatch(TurnItem? item)
    {
        var count = 0;
        while (item is not null)
        {
            var next = item.Next;
            item.Next = null;
            count++;
            switch (item)
            {
                case GrainRequest request:
                    Receive(request);
                    break;
                case TaskItem continuation:
                    RunPump();
                    TryExecuteTask(continuation.Task);
                    break;
                case SignalItem signal:
                    Volatile.Write(ref signal.Queued, 0);
                    _pumpNeeded = true;
                    break;
            }

            item = next;
        }

        RunPump();
        return count;
    }

    /// <summary>Starts what may start, inside a task so that what it awaits comes back to this scheduler.</summary>
    private void RunPump()
    {
        while (_pumpNeeded)
        {
            _pumpNeeded = false;
            var pump = new Task(PumpAction, this, CancellationToken.None, TaskCreationOptions.DenyChildAttach);
            _pump = pump;
            pump.Start(this);
            _pump = null;
            TryExecuteTask(pump);
        }
    }
}
