using System.Runtime.ExceptionServices;
using Kthena.Embedded.Runtime;

namespace Kthena.Embedded.Simulation;

/// <summary>
/// Runs processes on one thread: a seeded generator chooses which runnable turn is next, and time moves only when none is. The same
/// seed gives the same trace in every operating-system process.
/// </summary>
internal sealed class DeterministicDriver
{
    private const ulong FnvPrime = 1099511628211;
    private const int TailLength = 64;
    private readonly List<(SimulatedProcess Process, object What)> _runnable = [];
    private readonly List<string> _strays = [];
    private readonly List<(TimeSpan? Horizon, TaskCompletionSource Quiet)> _quietAwaited = [];
    private readonly VirtualTimers _timers = new();
    private readonly Queue<(DateTimeOffset Time, string Process, string What)> _tail = new();
    private readonly int _seed;
    private readonly Random _order;
    private SimulatedProcess? _running;
    private Exception? _failure;
    private volatile bool _hasStrays;
    private int _thread;

    public DeterministicDriver(int seed)
    {
        _seed = seed;
        _order = new Random(seed);
        Chance = new Random(~seed);
        World = AddProcess("world");
    }

    /// <summary>What the scenario runs as; nothing pauses or kills it.</summary>
    public SimulatedProcess World { get; }

    /// <summary>Decides everything but the order of turns, such as faults.</summary>
    public Random Chance { get; }

    /// <summary>The time, and timers of the scenario.</summary>
    public VirtualTime Time => World.Time;

    /// <summary>How many turns have run.</summary>
    public int Turns { get; private set; }

    /// <summary>A hash of the names of all turns, in their order, and of the times at which they ran.</summary>
    public ulong TraceHash { get; private set; } = 14695981039346656037;

    /// <summary>Called after every turn: what it throws ends the run.</summary>
    public Action? AfterTurn { get; set; }

    /// <summary>Whether something has left the thread.</summary>
    public bool HasStrays => _hasStrays;

    /// <summary>The last turns, for people.</summary>
    public IEnumerable<string> Tail => _tail.Select(turn => $"{turn.Time:HH:mm:ss.fff} {turn.Process}: {turn.What}");

    /// <summary>Adds a process.</summary>
    public SimulatedProcess AddProcess(string name, Action<SimulatedProcess, SimulatedProcess, Action>? carryAnswer = null) =>
        new(this, name, _timers) { CarryAnswer = carryAnswer };

    /// <summary>Runs a scenario to its end on this thread.</summary>
    /// <param name="scenario">What to do; it awaits grain calls and virtual time only.</param>
    /// <param name="longest">Virtual time after which the run has failed.</param>
    /// <exception cref="InvalidOperationException">Something left this thread, or nothing can run and the scenario waits.</exception>
    public void Run(Func<Task> scenario, TimeSpan longest)
    {
        var limit = _timers.Now + longest;
        _thread = Environment.CurrentManagedThreadId;
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var whole = World.Start(scenario);
            while (!whole.IsCompleted)
            {
                if (!Step() && !EndWaitsForQuiet() && !_timers.MoveOn(limit))
                {
                    FailOnStrays();
                    throw new InvalidOperationException(
                        $"Seed {_seed}: after {Turns} turns nothing can run before {limit:O}, and the scenario still waits.");
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

    /// <summary>Waits until nothing can run and no timer is due, those apart that go on for ever as housekeeping.</summary>
    /// <param name="horizon">Timers that are due later than this from then do not count; null is that all count.</param>
    public Task UntilQuietAsync(TimeSpan? horizon = null)
    {
        var quiet = new TaskCompletionSource();
        _quietAwaited.Add((horizon, quiet));
        return quiet.Task;
    }

    /// <summary>Takes something into the trace that is not a turn, such as a fault.</summary>
    public void Note(string what) => Note(World.Name, what);

    /// <summary>Ends the run with a fault that no caller would see.</summary>
    public void Fail(Exception exception) => _failure ??= exception;

    internal bool IsRunning(SimulatedProcess process) =>
        ReferenceEquals(_running, process) && Environment.CurrentManagedThreadId == _thread;

    /// <summary>Whether something comes from the thread of this run. What does not is remembered, and ends the run.</summary>
    internal bool Admits(SimulatedProcess process, object what)
    {
        if (_thread == 0 || Environment.CurrentManagedThreadId == _thread)
        {
            return true;
        }

        lock (_strays)
        {
            _strays.Add($"{what} of {process.Name} was given work from another thread:{Environment.NewLine}{Environment.StackTrace}");
            _hasStrays = true;
        }

        return false;
    }

    internal void Add(SimulatedProcess process, object turn)
    {
        if (Admits(process, turn))
        {
            _runnable.Add((process, turn));
        }
    }

    private bool Step()
    {
        FailOnStrays();
        while (_runnable.Count > 0)
        {
            // The last takes the place of the one that is taken: what is chosen is as much a matter of chance as before.
            var index = _order.Next(_runnable.Count);
            var (process, turn) = _runnable[index];
            _runnable[index] = _runnable[^1];
            _runnable.RemoveAt(_runnable.Count - 1);
            if (process.IsDead)
            {
                continue;
            }

            if (process.IsPaused)
            {
                process.Hold(turn);
                continue;
            }

            Turns++;
            _running = process;
            RunTurn(process, turn);
            _running = null;
            AfterTurn?.Invoke();
            if (_failure is not null)
            {
                ExceptionDispatchInfo.Throw(_failure);
            }

            return true;
        }

        return false;
    }

    private bool EndWaitsForQuiet()
    {
        if (_quietAwaited.Count == 0)
        {
            return false;
        }

        var left = _timers.NextDue() - _timers.Now;
        var over = _quietAwaited.Where(wait => left is null || left > wait.Horizon).ToArray();
        _quietAwaited.RemoveAll(wait => over.Contains(wait));
        foreach (var (_, quiet) in over)
        {
            quiet.SetResult();
        }

        return over.Length > 0;
    }

    private void RunTurn(SimulatedProcess process, object turn)
    {
        switch (turn)
        {
            case Activation activation:
                Note(process.Name, activation.ToString());
                activation.Run();
                break;
            case Action answer:
                Note(process.Name, "answer");
                answer();
                break;
            case VirtualTimer.Firing firing:
                Note(process.Name, "timer");
                firing.Run();
                break;
            default:
                Note(process.Name, "task");
                process.Execute((Task)turn);
                break;
        }
    }

    private void Note(string process, string what)
    {
        Hash(process);
        Hash(what);
        TraceHash = unchecked((TraceHash ^ (ulong)_timers.Now.Ticks) * FnvPrime);
        if (_tail.Count == TailLength)
        {
            _tail.Dequeue();
        }

        _tail.Enqueue((_timers.Now, process, what));
    }

    private void Hash(string text)
    {
        foreach (var letter in text)
        {
            TraceHash = unchecked((TraceHash ^ letter) * FnvPrime);
        }
    }

    private void FailOnStrays()
    {
        if (!_hasStrays)
        {
            return;
        }

        lock (_strays)
        {
            throw new InvalidOperationException($"Seed {_seed}: {string.Join(Environment.NewLine, _strays)}");
        }
    }
}
