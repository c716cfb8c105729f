using System.Text;
using System.Text.Json;
using Kthena.Router.Accounting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Router.Tests;

public sealed class AccessLogTests
{
    [Fact]
    public async Task JsonFormat_IsAnObjectPerLine()
    {
        await using Gateway gateway = await Gateway.StartAsync(
            engineModel: "engine-name", configure: static options => options with { AccessLogFormat = AccessLogFormat.Json });
        await gateway.Client.PostAsync("/v1/chat/completions?secret=1", Gateway.Chat("hello"));
        await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello", model: "nobody"));

        string[] lines = (await gateway.LogLineAsync()).Split('\n');

        JsonElement good = JsonDocument.Parse(lines[0]).RootElement;
        good.GetProperty("path").GetString().ShouldBe("/v1/chat/completions");
        good.GetProperty("upstream_model").GetString().ShouldBe("engine-name");
        good.GetProperty("input_tokens").GetInt64().ShouldBe(7);
        good.TryGetProperty("error", out _).ShouldBeFalse();
        JsonElement bad = JsonDocument.Parse(lines[1]).RootElement;
        bad.GetProperty("error").GetProperty("type").GetString().ShouldBe("route_not_found");
        bad.GetProperty("error_origin").GetString().ShouldBe("router");
    }

    [Fact]
    public async Task ListOfModels_IsLogged_AndNotCounted()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        await gateway.Client.GetAsync("/v1/models");
        await gateway.Client.GetAsync("/v1/models/nobody");

        (await gateway.MetricsAsync()).ShouldNotContain("kthena_router_requests_total{");
        string[] lines = (await gateway.LogLineAsync()).Split('\n');

        lines[0].ShouldContain("\"GET /v1/models HTTP/1.1\" 200 model_name= request_id=");
        lines[1].ShouldContain(" 404 error=route_not_found:");
    }

    [Fact]
    public async Task LongModelName_IsClipped()
    {
        await using Gateway gateway = await Gateway.StartAsync();

        await gateway.Client.PostAsync("/v1/completions", Gateway.Json($$"""{"model":"{{new string('m', 1_000_000)}}","prompt":"x"}"""));

        (await gateway.LogLineAsync()).Length.ShouldBeLessThan(4096);
    }

    [Fact]
    public async Task ClientThatLeft_IsLoggedAs499()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        using var leaving = new CancellationTokenSource();
        var cancelled = new TaskCompletionSource();
        gateway.Engines[0].Script = async http =>
        {
            http.RequestAborted.Register(cancelled.SetResult);
            await leaving.CancelAsync();
            await cancelled.Task;
        };
        await Should.ThrowAsync<OperationCanceledException>(
            () => gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"), leaving.Token));
        await cancelled.Task.WaitAsync(Gateway.Patience);

        string line = await gateway.LogLineAsync();

        line.ShouldContain(" 499 error=client_disconnected:the client closed the connection ");
        line.ShouldNotContain("error_origin");
    }

    [Fact]
    public async Task FullQueue_LosesEntries_AndCountsThem()
    {
        var writer = new AccessLogWriter(TextWriter.Null, AccessLogFormat.Text, NullLogger<AccessLogWriter>.Instance);
        for (int entry = 0; entry < 17 * 1024; entry++)
            writer.Write(new Routing.Accounting.AccessLogEntry());

        writer.Lost.ShouldBe(1024);
        writer.Complete();
        await writer.RunAsync();
    }

    [Fact]
    public async Task BrokenOutput_LosesLines_AndIsWrittenAgainWhenItWorksAgain()
    {
        var output = new BreakableWriter { IsBroken = true };
        await using Gateway gateway = await Gateway.StartAsync(configure: options => options with { AccessLog = output });
        await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));
        await gateway.UntilMetricAsync("kthena_router_access_log_lost_total 1\n");

        output.IsBroken = false;
        await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));
        await gateway.Router.StopAsync();

        output.ToString().Count(static character => character == '\n').ShouldBe(1);
    }

    [Fact]
    public async Task StuckOutput_DoesNotKeepTheRouterFromStopping()
    {
        var time = new HeldTime(TimeSpan.FromSeconds(5));
        var output = new StuckWriter();
        await using Gateway gateway = await Gateway.StartAsync(configure: options => options with { AccessLog = output }, time: time);
        await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        Task stopped = gateway.Router.StopAsync();
        using var limit = new CancellationTokenSource(Gateway.Patience);
        while (!stopped.IsCompleted)
        {
            limit.Token.ThrowIfCancellationRequested();
            time.Elapse();
            await Task.Yield();
        }

        await stopped;
        output.Free.SetResult();
    }

    [Fact]
    public async Task FileOutput_IsAppendedTo_AndReadableByAll()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        string path = Path.Combine(folder.FullName, "access.log");
        foreach (string line in new[] { "one\n", "two\n" })
        {
            await using TextWriter output = AccessLogOutput.Open(path);
            await output.WriteAsync(line);
        }

        (await File.ReadAllTextAsync(path)).ShouldBe("one\ntwo\n");
        Should.Throw<IOException>(() => AccessLogOutput.Open(Path.Combine(path, "not-a-folder")));
        AccessLogOutput.Open("stdout").ShouldBe(Console.Out);
        AccessLogOutput.Open("stderr").ShouldBe(Console.Error);
        folder.Delete(recursive: true);
    }

    /// <summary>A disk that may be full.</summary>
    private sealed class BreakableWriter : StringWriter
    {
        public volatile bool IsBroken;

        public override Task WriteAsync(StringBuilder? value, CancellationToken cancellationToken = default) =>
            IsBroken ? throw new IOException("No space left on device") : base.WriteAsync(value, cancellationToken);
    }

    /// <summary>A pipe that nobody reads, until it is.</summary>
    private sealed class StuckWriter : StringWriter
    {
        public TaskCompletionSource Free { get; } = new();

        public override Task WriteAsync(StringBuilder? value, CancellationToken cancellationToken = default) => Free.Task;
    }
}
