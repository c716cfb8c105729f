using System.Collections.Concurrent;
using Kthena.Grains.Routing;
using Kthena.Model.Routing;
using Kthena.Routing.Engines;

namespace Kthena.Router.Tests;

/// <summary>What engines answer to scrapes, by pod name; by default they are idle and know no model.</summary>
internal sealed class ScriptedProbe : IEngineProbe, IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentDictionary<string, Func<CancellationToken, Task<EngineScrape>>> _answers = new(StringComparer.Ordinal);

    /// <summary>How often each pod was asked.</summary>
    public ConcurrentDictionary<string, int> Asked { get; } = new(StringComparer.Ordinal);

    public void Answer(string pod, EngineScrape scrape) => _answers[pod] = _ => Task.FromResult(scrape);

    public void Hang(string pod) => _answers[pod] = async stopped =>
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopped, _over.Token);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return EngineScrape.Failed;
    };

    /// <summary>Throws so often, then answers.</summary>
    public void Break(string pod, int times, EngineScrape then) => _answers[pod] = _ =>
        Asked[pod] <= times ? throw new InvalidOperationException("A defect of the probe.") : Task.FromResult(then);

    /// <summary>Ends what hangs: a silo that stops waits for it.</summary>
    public void Dispose() => _over.Cancel();

    public Task<EngineScrape> ScrapeAsync(EngineEndpoint endpoint, bool asksModels, CancellationToken cancellation)
    {
        Asked.AddOrUpdate(endpoint.Pod.Name, 1, static (_, count) => count + 1);
        return _answers.TryGetValue(endpoint.Pod.Name, out Func<CancellationToken, Task<EngineScrape>>? answer)
            ? answer(cancellation)
            : Task.FromResult(new EngineScrape(new EngineMetrics { IsEngine = true }, null));
    }
}
