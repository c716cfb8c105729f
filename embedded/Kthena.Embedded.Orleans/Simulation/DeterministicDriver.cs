using Kthena.Embedded.Runtime;

namespace Kthena.Embedded.Simulation;

/// <summary>
/// Runs one silo on one thread: a seeded generator chooses which runnable turn is next, and time moves only when none is. The same
/// seed gives the same trace in every process.
/// </summary>
internal sealed class DeterministicDriver(int seed) : TaskScheduler, ITurnQueue
{
    private const ulong FnvPrime = 1099511628211;
    private readonly List<object> _runnable = [];
    private readonly Random _chance = new(seed);
    private readonly List<string> _strays = [];
    private int _thread;

    public VirtualTime Time { get; } = new();

    /// <summary>How many turns have run.</summary>
    public int Turns { get; private set; }

    /// <summary>A hash of the names of all turns, in their order, and of the times at which they ran.</summary>
    public ulong TraceHash { get; private set; } = 14695981039346656037;

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Answers come in an order of chance too.</summary>
    public bool DefersAnswers => true;

    /// <summary>Whether something has left the thread.</summary>
    public bool HasStrays
    {
        get
        {
            lock (_strays)
            {
                return _strays.Count > 0;
            }
        }
    }

    /// <summary>Runs a scenario to its end on this thread.</summary>
    /// <param name="scenario">What to do; it awaits grain calls and virtual time only.</param>
    /// <param name="longest">Virtual time after which the run has failed.</param>
    /// <exception cref="InvalidOperationException">Something left this thread, or nothing can run and the scenario waits.</exception>
    public void Run(Func<Task> scenario, TimeSpan longest)
    {
        var limit = Time.GetUtcNow() + longest;
        _thread = Environment.CurrentManagedThreadId;
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var whole = Task.Factory.StartNew(scenario, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();
            while (!whole.IsCompleted)
            {
                if (!Step() && !Time.MoveToNextTimer(limit))
                {
                    FailOnStrays();
                    throw new InvalidOperationException(
                        $"Seed {seed}: after {Turns} turns nothing can run before {limit:O}, and the scenario still waits.");
                }
            }

            FailOnStrays();
            whole.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
            _thread = 0;
        }
    }

    public void Queue(Activation activation) => Add(activation);

    public void QueueLast(Activation activation) => Add(activation);

    public void Defer(Action answer) => Add(answer);

    protected override void QueueTask(Task task) => Add(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && Environment.CurrentManagedThreadId == _thread && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => _runnable.OfType<Task>();

    private void Add(object turn)
    {
        if (_thread != 0 && Environment.CurrentManagedThreadId != _thread)
        {
            lock (_strays)
            {
                _strays.Add($"{turn} was queued from another thread:{Environment.NewLine}{Environment.StackTrace}");
            }

            return;
        }

        _runnable.Add(turn);
    }

    private bool Step()
    {
        FailOnStrays();
        if (_runnable.Count == 0)
        {
            return false;
        }

        var index = _chance.Next(_runnable.Count);
        var turn = _runnable[index];
        _runnable.RemoveAt(index);
        Turns++;
        switch (turn)
        {
            case Activation activation:
                Note(activation.ToString());
                activation.Run();
                break;
            case Action answer:
                Note("answer");
                answer();
                break;
            default:
                Note("scenario");
                TryExecuteTask((Task)turn);
                break;
        }

        return true;
    }

    private void Note(string turn)
    {
        foreach (var letter in turn)
        {
            TraceHash = unchecked((TraceHash ^ letter) * FnvPrime);
        }

        TraceHash = unchecked((TraceHash ^ (ulong)Time.GetTimestamp()) * FnvPrime);
    }

    private void FailOnStrays()
    {
        lock (_strays)
        {
            if (_strays.Count > 0)
            {
                throw new InvalidOperationException($"Seed {seed}: {string.Join(Environment.NewLine, _strays)}");
            }
        }
    }
}
