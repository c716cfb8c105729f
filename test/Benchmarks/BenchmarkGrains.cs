using Orleans;
using Orleans.Runtime;

namespace Kthena.Benchmarks;

/// <summary>A grain that does as little as possible.</summary>
public interface IBenchmarkGrain : IGrainWithStringKey
{
    /// <summary>Returns its argument.</summary>
    Task<int> Echo(int number);

    /// <summary>Awaits once before it returns.</summary>
    Task<int> EchoLater(int number);

    /// <summary>Awaits another grain many times.</summary>
    Task CallOther(string key, int times);
}

/// <summary>The grain.</summary>
public sealed class BenchmarkGrain : Grain, IBenchmarkGrain
{
    /// <inheritdoc/>
    public Task<int> Echo(int number) => Task.FromResult(number);

    /// <inheritdoc/>
    public async Task<int> EchoLater(int number)
    {
        await Task.Yield();
        return number;
    }

    /// <inheritdoc/>
    public async Task CallOther(string key, int times)
    {
        var other = GrainFactory.GetGrain<IBenchmarkGrain>(key);
        for (var i = 0; i < times; i++)
        {
            await other.Echo(i);
        }
    }
}

/// <summary>A grain with stored state.</summary>
public interface IStoringGrain : IGrainWithStringKey
{
    /// <summary>Writes its state many times, one after the other.</summary>
    Task Write(int times);
}

/// <summary>The state.</summary>
[GenerateSerializer]
public sealed class StoredNumbers
{
    /// <summary>A number.</summary>
    [Id(0)]
    public int Number { get; set; }

    /// <summary>A text of the size of a small record.</summary>
    [Id(1)]
    public string Text { get; set; } = new('x', 200);
}

/// <summary>The grain.</summary>
public sealed class StoringGrain([PersistentState("numbers")] IPersistentState<StoredNumbers> numbers) : Grain, IStoringGrain
{
    /// <inheritdoc/>
    public async Task Write(int times)
    {
        for (var i = 0; i < times; i++)
        {
            numbers.State.Number = i;
            await numbers.WriteStateAsync();
        }
    }
}

/// <summary>A grain with a timer.</summary>
public interface ITickingGrain : IGrainWithStringKey
{
    /// <summary>Lets a timer that is due at once tick many times, each tick arming the next; returns after the last.</summary>
    Task Tick(int times);
}

/// <summary>The grain.</summary>
public sealed class TickingGrain : Grain, ITickingGrain
{
    private IGrainTimer? _timer;
    private TaskCompletionSource? _done;
    private int _left;

    /// <inheritdoc/>
    public Task Tick(int times)
    {
        _left = times;
        _done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _timer ??= this.RegisterGrainTimer(
            OnTick, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { Interleave = true });
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return _done.Task;
    }

    private Task OnTick(CancellationToken cancellation)
    {
        if (--_left > 0)
            _timer!.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        else
            _done!.SetResult();
        return Task.CompletedTask;
    }
}
