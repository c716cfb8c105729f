using Kthena.Embedded.Runtime;

namespace Kthena.Embedded.Simulation;

/// <summary>What lives, pauses and dies together in a simulation: a silo, the test's scenario, a server.</summary>
internal sealed class SimulatedProcess : TaskScheduler, ITurnQueue, ITurnGuard
{
    private readonly DeterministicDriver _driver;
    private readonly List<object> _held = [];

    internal SimulatedProcess(DeterministicDriver driver, string name, VirtualTimers timers)
    {
        _driver = driver;
        Name = name;
        Time = new VirtualTime(timers, this, isHousekeeping: false);
        HousekeepingTime = new VirtualTime(timers, this, isHousekeeping: true);
    }

    public string Name { get; }

    /// <summary>Its clock: timers of it fire in its own turns.</summary>
    public VirtualTime Time { get; }

    /// <summary>The same clock for timers that go on for ever: they do not count where quiet is waited for.</summary>
    public VirtualTime HousekeepingTime { get; }

    public bool IsDead { get; private set; }

    public bool IsPaused { get; private set; }

    public override int MaximumConcurrencyLevel => 1;

    public bool DefersAnswers => true;

    /// <summary>Carries answers that come from another process; null hands them over at once.</summary>
    public Action<SimulatedProcess, SimulatedProcess, Action>? CarryAnswer { get; init; }

    /// <summary>Starts work as this process, from any other.</summary>
    public Task Start(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    /// <summary>Starts work as this process, from any other.</summary>
    public Task<TResult> Start<TResult>(Func<Task<TResult>> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    /// <summary>Does something as this process after a while, if it is then alive.</summary>
    public void After(TimeSpan delay, Action action) =>
        Detached.CreateTimer(Time, static action => ((Action)action!)(), action, delay);

    /// <summary>Nothing of it runs any more: no code of it is told.</summary>
    public void Kill()
    {
        IsDead = true;
        _held.Clear();
    }

    /// <summary>Nothing of it runs until <see cref="Resume"/>.</summary>
    public void Pause() => IsPaused = true;

    public void Resume()
    {
        IsPaused = false;
        _held.ForEach(Queue);
        _held.Clear();
    }

    public bool Admits(Activation activation) => _driver.Admits(this, activation);

    public void Queue(Activation activation) => Queue((object)activation);

    public void QueueLast(Activation activation) => Queue((object)activation);

    public void Defer(Action answer)
    {
        if (CarryAnswer is not null && Activation.Running?.Silo.Turns is SimulatedProcess from && from != this)
        {
            CarryAnswer(from, this, answer);
        }
        else
        {
            Queue(answer);
        }
    }

    public override string ToString() => Name;

    /// <summary>Whether a timer of this process may be set from where the caller is.</summary>
    internal bool Admits(VirtualTimer timer) => _driver.Admits(this, timer);

    internal void Queue(object turn)
    {
        if (!IsDead)
        {
            _driver.Add(this, turn);
        }
    }

    /// <summary>Keeps a turn whose time has come while this process is paused.</summary>
    internal void Hold(object turn) => _held.Add(turn);

    internal void Execute(Task task) => TryExecuteTask(task);

    protected override void QueueTask(Task task) => Queue(task);

    // Only from a task of this process: the framework also asks where the thread happens to be one of the pool, and the trace must
    // not depend on the thread.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(Current, this) && _driver.IsRunning(this) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
