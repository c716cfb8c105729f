using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Kthena.Conformance;

/// <summary>Each gated method notes its start, waits for the test's signal "key/gate", and notes its end.</summary>
public interface ITurns : IGrainWithStringKey
{
    Task<int> Add(int amount);

    Task Plain(string gate);

    [AlwaysInterleave]
    Task Interleaved(string gate);

    [ReadOnly]
    Task Read(string gate);

    [OneWay]
    Task Tell(string gate);

    [OneWay]
    Task TellAndFail();

    Task<string> DescribeContext();

    Task<string> DescribeWorkOutside();

    Task<int> CountWithYields(int times);

    ValueTask<string> Key();

    ValueTask Nothing();

    Task<string> KeyThroughOwnReference();

    Task WaitForToken(string started, CancellationToken cancellation);

    Task Throw(string kind);

    Task ThrowAtOnce(string kind);

    Task CallBackWhileBusy(string key);

    Task CallPeer(string key);

    [ResponseTimeout("00:00:00.3")]
    Task CallInACircle(string key, int calls);

    [ResponseTimeout("00:10:00")]
    Task CallPatiently(string key, int calls);

    Task CallReentrantPeer(string key);

    [ResponseTimeout("00:00:00.2")]
    Task ImpatientPlain(string gate);

    Task<string?> ContextValue(string name);

    Task<string?> PeerContextValue(string key, string name);

    Task SetContextValue(string name, string value);
}

[GenerateSerializer]
[Alias("kthena.test.BoundaryException")]
public sealed class BoundaryException : Exception
{
    public BoundaryException(string message, int code)
        : base(message) => Code = code;

    [Id(0)]
    public int Code { get; }
}

public abstract class TurnsCode : Grain
{
    private int _sum;
    private int _inside;
    private int _count;

    private string Me => this.GetPrimaryKeyString();

    public Task<int> Add(int amount) => Task.FromResult(_sum += amount);

    public Task Plain(string gate) => Pass("plain", gate);

    public Task Interleaved(string gate) => Pass("interleaved", gate);

    public Task Read(string gate) => Pass("read", gate);

    public Task Tell(string gate) => Pass("told", gate);

    public Task TellAndFail() => throw new InvalidOperationException("nobody sees this");

    public async Task<string> DescribeContext()
    {
        var before = TaskScheduler.Current;
        await Task.Yield();
        var after = TaskScheduler.Current;
        var started = await Task.Factory.StartNew(() => TaskScheduler.Current);
        return string.Join(
            ", ",
            before == TaskScheduler.Default ? "default" : "own",
            after == before ? "kept" : "lost",
            started == before ? "kept" : "lost",
            SynchronizationContext.Current is null ? "none" : "some");
    }

    public async Task<string> DescribeWorkOutside()
    {
        var before = TaskScheduler.Current;
        var outside = await Task.Run(() => TaskScheduler.Current);
        var back = TaskScheduler.Current;
        return $"{(outside == TaskScheduler.Default ? "outside" : "inside")}, {(back == before ? "kept" : "lost")}";
    }

    public async Task<int> CountWithYields(int times)
    {
        for (var i = 0; i < times; i++)
        {
            if (Interlocked.Increment(ref _inside) != 1)
            {
                throw new InvalidOperationException("two turns at once");
            }

            var seen = _count;
            Thread.SpinWait(20);
            _count = seen + 1;
            Interlocked.Decrement(ref _inside);
            await Task.Yield();
        }

        return _count;
    }

    public ValueTask<string> Key() => new(Me);

    public ValueTask Nothing() => default;

    public async Task<string> KeyThroughOwnReference() => this.AsReference<ITurns>().GetPrimaryKeyString() + (await Task.FromResult("!"));

    public async Task WaitForToken(string started, CancellationToken cancellation)
    {
        Signals.Set($"{Me}/{started}");
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellation.Register(() => ended.TrySetResult());
        await ended.Task;
        Signals.Set($"{Me}/cancelled");
        cancellation.ThrowIfCancellationRequested();
    }

    public async Task Throw(string kind)
    {
        await Task.Yield();
        await ThrowAtOnce(kind);
    }

    public Task ThrowAtOnce(string kind) => kind switch
    {
        "own" => throw new BoundaryException("ours", 42),
        "argument" => throw new ArgumentException("theirs", nameof(kind)),
        "cancelled" => throw new OperationCanceledException("stopped"),
        _ => throw new InvalidOperationException(kind),
    };

    public Task CallBackWhileBusy(string key) => GrainFactory.GetGrain<ITurns>(key).CallPeer(Me);

    public async Task CallInACircle(string key, int calls)
    {
        if (calls > 0)
        {
            await GrainFactory.GetGrain<ITurns>(key).CallInACircle(Me, calls - 1);
        }
    }

    public async Task CallPatiently(string key, int calls)
    {
        if (calls > 0)
        {
            await GrainFactory.GetGrain<ITurns>(key).CallPatiently(Me, calls - 1);
        }
    }

    public async Task CallPeer(string key) => await GrainFactory.GetGrain<ITurns>(key).Nothing();

    public async Task CallReentrantPeer(string key) => await GrainFactory.GetGrain<IReentrantTurns>(key).Nothing();

    public Task ImpatientPlain(string gate) => Pass("plain", gate);

    public Task<string?> ContextValue(string name) => Task.FromResult(RequestContext.Get(name) as string);

    public Task<string?> PeerContextValue(string key, string name) => GrainFactory.GetGrain<ITurns>(key).ContextValue(name);

    public Task SetContextValue(string name, string value)
    {
        RequestContext.Set(name, value);
        return Task.CompletedTask;
    }

    private async Task Pass(string what, string gate)
    {
        Signals.Note(Me, $"{what} {gate} starts");
        Signals.Set($"{Me}/{gate}/started");
        await Signals.Wait($"{Me}/{gate}");
        Signals.Note(Me, $"{what} {gate} ends");
        Signals.Set($"{Me}/{gate}/ended");
    }
}

public sealed class TurnsGrain : TurnsCode, ITurns;

/// <summary>A part of the same, and reentrant.</summary>
public interface IReentrantTurns : IGrainWithStringKey
{
    Task Plain(string gate);

    Task<int> CountWithYields(int times);

    Task CallBackWhileBusy(string key);

    ValueTask Nothing();
}

[Reentrant]
public sealed class ReentrantTurnsGrain : TurnsCode, IReentrantTurns
{
    public new Task CallBackWhileBusy(string key) => GrainFactory.GetGrain<ITurns>(key).CallReentrantPeer(this.GetPrimaryKeyString());
}

/// <summary>Nothing implements it.</summary>
public interface IOrphan : IGrainWithStringKey
{
    Task Call();
}
