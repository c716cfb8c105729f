using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Concurrency;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Kthena.Conformance;

public interface IEcho : IGrainWithStringKey
{
    Task<int> Add(int a, int b, CancellationToken cancellation = default);
    ValueTask Nothing();
    ValueTask<string> Key();
    [OneWay] Task Tell(string word);
    [AlwaysInterleave] Task<string?> Last();
    Task Slow();
}

public sealed class EchoGrain : Grain, IEcho
{
    private string? _last;
    public Task<int> Add(int a, int b, CancellationToken cancellation) => Task.FromResult(a + b);
    public ValueTask Nothing() => default;
    public ValueTask<string> Key() => new(this.GetPrimaryKeyString());
    public Task Tell(string word) { _last = word; return Task.CompletedTask; }
    public Task<string?> Last() => Task.FromResult(_last);
    public async Task Slow() { await Task.Yield(); TaskScheduler.Current.ShouldNotBe(TaskScheduler.Default); }
}

public class Smoke
{
    [Fact]
    public async Task Works()
    {
        var builder = new InProcessTestClusterBuilder(1);
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        var echo = cluster.Client.GetGrain<IEcho>("k");
        (await echo.Add(1, 2)).ShouldBe(3);
        await echo.Nothing();
        (await echo.Key()).ShouldBe("k");
        await echo.Tell("x");
        (await echo.Last()).ShouldBe("x");
        await echo.Slow();
    }
}
