using System.Text;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using static Kthena.Kubernetes.Tests.Core.Manifests;

namespace Kthena.Kubernetes.Tests.Core;

/// <summary>What the client does when the server is too busy to read a request.</summary>
public sealed class RefusalTests : IDisposable
{
    private static readonly RawJson Empty = new(Encoding.UTF8.GetBytes("{}"));

    private readonly ManualTime _time = new();
    private readonly ScriptedTransport _transport = new();
    private readonly KubernetesClient _client;

    public RefusalTests() => _client = new KubernetesClient(_transport, _time);

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Write_RefusedWithRetryAfter_IsSentAgainThen()
    {
        Task create = CreateAsync("a");
        await RefuseAsync(TimeSpan.FromSeconds(2));
        await _time.UntilTimerAsync(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(1.9));
        _transport.InFlight.ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        (await _transport.NextCallAsync()).Reply(201, Pod("a", 1));
        await create;
        _client.Statistics.Retries.ShouldBe(1);
        _client.Statistics.Answers.ShouldBe([("POST", 201, 1), ("POST", 429, 1)]);
        _client.Load.ShouldBe(new ClientLoad(0, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task OtherWrites_WhileTheServerAskedForAPause_WaitToo_ReadsDoNot()
    {
        Task refused = CreateAsync("a");
        await RefuseAsync(TimeSpan.FromSeconds(2));
        await _time.UntilTimerAsync(TimeSpan.FromSeconds(2));
        Task other = CreateAsync("b");
        _client.Load.ShouldBe(new ClientLoad(1, 1, 1, TimeSpan.FromSeconds(2)));
        Task<Pod> read = _client.GetAsync<Pod>(new NamespacedName("ns", "p"), CancellationToken.None);
        ScriptedTransport.Call get = await _transport.NextCallAsync();
        get.Request.Method.ShouldBe("GET");
        get.Reply(200, Pod("p", 1));
        await read;

        _time.Advance(TimeSpan.FromSeconds(2));

        (await _transport.NextCallAsync()).Reply(201, Pod("a", 1));
        (await _transport.NextCallAsync()).Reply(201, Pod("b", 1));
        await Task.WhenAll(refused, other);
    }

    [Fact]
    public async Task Write_RefusedWithoutRetryAfter_WaitsLongerEachTime()
    {
        Task create = CreateAsync("a");
        foreach (double pause in (double[])[0.2, 0.4, 0.8, 1.6])
        {
            await RefuseAsync(retryAfter: null);
            await _time.UntilTimerAsync(TimeSpan.FromSeconds(pause));
            _client.Load.HeldFor.ShouldBe(TimeSpan.Zero);
            _time.Advance(TimeSpan.FromSeconds(pause));
        }
        (await _transport.NextCallAsync()).Reply(201, Pod("a", 1));
        await create;
    }

    [Fact]
    public async Task Write_RefusedForTooLong_FailsAndTheNextIsNotEvenSent()
    {
        Task refused = CreateAsync("a");
        await RefuseAsync(TimeSpan.FromMinutes(1));
        (await Should.ThrowAsync<KubernetesApiException>(refused)).IsTooManyRequests.ShouldBeTrue();

        KubernetesApiException withheld = await Should.ThrowAsync<KubernetesApiException>(CreateAsync("b"));

        withheld.RetryAfter.ShouldBe(TimeSpan.FromMinutes(1));
        _client.Statistics.HeldBack.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(55));
        Task late = CreateAsync("c");
        _time.Advance(TimeSpan.FromSeconds(5));
        (await _transport.NextCallAsync()).Reply(201, Pod("c", 1));
        await late;
    }

    [Fact]
    public async Task Pauses_OfManyCallers_AreSpread()
    {
        var options = new KubernetesClientOptions { Chance = new Random(7) };
        using var client = new KubernetesClient(_transport, _time, options);
        Task[] creates = [.. Enumerable.Range(0, 8).Select(_ => client.CreateAsync<Pod>("ns", Empty, CancellationToken.None))];
        for (int i = 0; i < 8; i++)
            await RefuseAsync(TimeSpan.FromSeconds(4));
        TimeSpan[] pauses = [];
        while (pauses.Length < 8)
        {
            await Task.Yield();
            pauses = [.. _time.Remaining.Where(static span => span <= TimeSpan.FromSeconds(4.4))];
        }
        pauses.ShouldAllBe(static span => span >= TimeSpan.FromSeconds(4));
        pauses.Distinct().Count().ShouldBe(8);
        _time.Advance(TimeSpan.FromSeconds(4.5));
        for (int i = 0; i < 8; i++)
            (await _transport.NextCallAsync()).Reply(201, Pod("a", 1));
        await Task.WhenAll(creates);
    }

    [Fact]
    public async Task Lanes_WithAllWritesInFlight_AreServedInTurn()
    {
        Task[] large = [.. Enumerable.Range(0, 10_000).Select(_ => CreateAsync("large"))];
        Task small = CreateAsync("small");
        int calls = 0;
        while (!small.IsCompleted)
        {
            ScriptedTransport.Call call = await _transport.NextCallAsync();
            call.Reply(201, Pod("a", 1));
            calls++;
            if (call.Request.Path.Contains("small", StringComparison.Ordinal))
                await small;
        }
        calls.ShouldBeLessThanOrEqualTo(32 + 32 + 2);
        for (; calls < 10_001; calls++)
            (await _transport.NextCallAsync()).Reply(201, Pod("a", 1));
        await Task.WhenAll(large);
        _transport.InFlightMax.ShouldBe(32);
    }

    private Task<Pod> CreateAsync(string lane) =>
        _client.InLane($"ns/{lane}").CreateAsync<Pod>(lane, Empty, CancellationToken.None);

    private async Task RefuseAsync(TimeSpan? retryAfter) => (await _transport.NextCallAsync()).Reply(429, "busy", retryAfter);
}
