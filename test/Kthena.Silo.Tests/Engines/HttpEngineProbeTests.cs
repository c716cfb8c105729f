using System.Net;
using System.Net.Sockets;
using System.Text;
using Kthena.Model;
using Kthena.Model.Routing;
using Kthena.Routing.Engines;
using Kthena.Silo.Engines;

namespace Kthena.Silo.Tests.Engines;

/// <summary>The probe against real sockets that answer what engines answer, or anything else.</summary>
public sealed class HttpEngineProbeTests
{
    private const string Metrics = """
        vllm:num_requests_running{engine="0"} 3.0
        vllm:num_requests_waiting{engine="0"} 5.0
        vllm:kv_cache_usage_perc{engine="0"} 0.25

        """;

    [Fact]
    public async Task Engine_IsAskedForItsMetrics_AndItsModelsWhereWanted()
    {
        await using var engine = new RawEngine(static path => path == "/metrics" ? Ok(Metrics) : Ok("""{"data":[{"id":"b"},{"id":"a"}]}"""));
        using var probe = new HttpEngineProbe(new OneTimerTime());

        EngineScrape without = await probe.ScrapeAsync(engine.Endpoint, asksModels: false, CancellationToken.None);
        EngineScrape with = await probe.ScrapeAsync(engine.Endpoint, asksModels: true, CancellationToken.None);

        without.Metrics.ShouldNotBeNull().Waiting.ShouldBe(5);
        without.Metrics.ShouldNotBeNull().Running.ShouldBe(3);
        without.Models.ShouldBeNull();
        with.Models.ShouldNotBeNull().ShouldBe(["a", "b"]);
        engine.Paths.ShouldBe(["/metrics", "/metrics", "/v1/models"]);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(404)]
    [InlineData(204)]
    public async Task Bug1142_AnswerThatIsNo200_SaysNothing(int status)
    {
        await using var engine = new RawEngine(_ => $"HTTP/1.1 {status} X\r\nContent-Length: {(status == 204 ? 0 : Metrics.Length)}\r\n\r\n{(status == 204 ? "" : Metrics)}");
        using var probe = new HttpEngineProbe(new OneTimerTime());

        (await probe.ScrapeAsync(engine.Endpoint, asksModels: true, CancellationToken.None)).ShouldBe(EngineScrape.Failed);

        engine.Paths.ShouldBe(["/metrics"]);
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        await using var other = new RawEngine(static _ => Ok(Metrics));
        await using var engine = new RawEngine(_ => $"HTTP/1.1 302 X\r\nLocation: {other.Endpoint.BaseUrl}/metrics\r\nContent-Length: 0\r\n\r\n");
        using var probe = new HttpEngineProbe(new OneTimerTime());

        (await probe.ScrapeAsync(engine.Endpoint, asksModels: false, CancellationToken.None)).ShouldBe(EngineScrape.Failed);

        other.Paths.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("no exposition at all")]
    [InlineData("python_gc_objects_collected_total 1\n")]
    [InlineData("")]
    public async Task AnswerOfSomethingElse_IsNoEngine(string text)
    {
        await using var engine = new RawEngine(_ => Ok(text));
        using var probe = new HttpEngineProbe(new OneTimerTime());

        (await probe.ScrapeAsync(engine.Endpoint, asksModels: false, CancellationToken.None)).ShouldBe(EngineScrape.Failed);
    }

    [Fact]
    public async Task AnswerWithoutEnd_IsNotReadToTheEnd()
    {
        await using var engine = new RawEngine(static _ => "HTTP/1.1 200 X\r\n\r\n" + string.Concat(Enumerable.Repeat($"# {new string('x', 1021)}\n", 5 * 1024)));
        using var probe = new HttpEngineProbe(new OneTimerTime());

        (await probe.ScrapeAsync(engine.Endpoint, asksModels: false, CancellationToken.None)).ShouldBe(EngineScrape.Failed);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 X\r\nContent-Length: 5000\r\n\r\nvllm:num_requests_running 1\n")]
    [InlineData("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("not http\r\n\r\n")]
    public async Task AnswerThatBreaksOff_SaysNothing(string answer)
    {
        await using var engine = new RawEngine(_ => answer);
        using var probe = new HttpEngineProbe(new OneTimerTime());

        (await probe.ScrapeAsync(engine.Endpoint, asksModels: false, CancellationToken.None)).ShouldBe(EngineScrape.Failed);
    }

    [Fact]
    public async Task ModelsThatCannotBeRead_LeaveTheMetricsInForce()
    {
        await using var engine = new RawEngine(static path => path == "/metrics" ? Ok(Metrics) : "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
        using var probe = new HttpEngineProbe(new OneTimerTime());

        EngineScrape scrape = await probe.ScrapeAsync(engine.Endpoint, asksModels: true, CancellationToken.None);

        scrape.Metrics.ShouldNotBeNull();
        scrape.Models.ShouldBeNull();
    }

    [Fact]
    public async Task DeadEngine_SaysNothing_AndThrowsNothing()
    {
        await using var engine = new RawEngine(static _ => "");
        EngineEndpoint endpoint = engine.Endpoint;
        await engine.DisposeAsync();
        using var probe = new HttpEngineProbe(new OneTimerTime());

        (await probe.ScrapeAsync(endpoint, asksModels: true, CancellationToken.None)).ShouldBe(EngineScrape.Failed);
    }

    [Fact]
    public async Task HungEngine_IsGivenUpAfterFiveSeconds()
    {
        await using var engine = new RawEngine(static _ => null);
        var time = new OneTimerTime();
        using var probe = new HttpEngineProbe(time);

        Task<EngineScrape> scrape = probe.ScrapeAsync(engine.Endpoint, asksModels: false, CancellationToken.None);
        await engine.AskedAsync();
        scrape.IsCompleted.ShouldBeFalse();
        time.Due.ShouldBe(TimeSpan.FromSeconds(5));
        time.Fire();

        (await scrape).ShouldBe(EngineScrape.Failed);
    }

    [Fact]
    public async Task HungEngine_IsGivenUpWhenNobodyWaitsAnyMore()
    {
        await using var engine = new RawEngine(static _ => null);
        using var probe = new HttpEngineProbe(new OneTimerTime());
        using var leaving = new CancellationTokenSource();

        Task<EngineScrape> scrape = probe.ScrapeAsync(engine.Endpoint, asksModels: false, leaving.Token);
        await engine.AskedAsync();
        await leaving.CancelAsync();

        (await scrape).ShouldBe(EngineScrape.Failed);
    }

    [Fact]
    public async Task Connection_IsUsedAgain()
    {
        await using var engine = new RawEngine(static _ => Ok(Metrics));
        using var probe = new HttpEngineProbe(new OneTimerTime());

        for (int round = 0; round < 10; round++)
            (await probe.ScrapeAsync(engine.Endpoint, asksModels: false, CancellationToken.None)).Metrics.ShouldNotBeNull();

        engine.Connections.ShouldBe(1);
    }

    private static string Ok(string body) => $"HTTP/1.1 200 OK\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    /// <summary>Answers each path with bytes of the test's; null never answers. An answer without a length ends the connection.</summary>
    private sealed class RawEngine : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _over = new();
        private readonly TaskCompletionSource _asked = new();
        private readonly Task _accepting;
        private int _connections;

        public RawEngine(Func<string, string?> answer)
        {
            _listener.Start();
            Endpoint = new EngineEndpoint
            {
                Pod = new NamespacedName("default", "p"),
                Uid = "u",
                Address = "127.0.0.1",
                Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
            };
            _accepting = AcceptAsync(answer);
        }

        public EngineEndpoint Endpoint { get; }

        public List<string> Paths { get; } = [];

        public int Connections => _connections;

        public Task AskedAsync() => _asked.Task.WaitAsync(TimeSpan.FromMinutes(2));

        public async ValueTask DisposeAsync()
        {
            await _over.CancelAsync();
            _listener.Stop();
            await _accepting;
        }

        private async Task AcceptAsync(Func<string, string?> answer)
        {
            var serving = new List<Task>();
            try
            {
                while (true)
                {
                    TcpClient client = await _listener.AcceptTcpClientAsync(_over.Token);
                    _connections++;
                    serving.Add(ServeAsync(client, answer));
                }
            }
            catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                await Task.WhenAll(serving);
            }
        }

        private async Task ServeAsync(TcpClient client, Func<string, string?> answer)
        {
            using TcpClient owned = client;
            byte[] buffer = new byte[8192];
            try
            {
                while (await client.GetStream().ReadAsync(buffer, _over.Token) is int read and > 0)
                {
                    string path = Encoding.ASCII.GetString(buffer, 0, read).Split(' ')[1];
                    lock (Paths)
                        Paths.Add(path);
                    string? text = answer(path);
                    _asked.TrySetResult();
                    if (text is null)
                        await Task.Delay(Timeout.InfiniteTimeSpan, _over.Token);
                    await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text!), _over.Token);
                    if (!text!.Contains("Content-Length", StringComparison.Ordinal) || text.Contains("5000", StringComparison.Ordinal))
                        return;
                }
            }
            catch (Exception over) when (over is OperationCanceledException or IOException)
            {
                // The probe or the test is done.
            }
        }
    }

    /// <summary>A clock whose only timer goes off when the test says so, and never because the machine is busy.</summary>
    private sealed class OneTimerTime : TimeProvider
    {
        private Action? _fire;

        public TimeSpan Due { get; private set; }

        public void Fire() => _fire!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (Due, _fire) = (dueTime, () => callback(state));
            return new Silent();
        }

        private sealed class Silent : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
