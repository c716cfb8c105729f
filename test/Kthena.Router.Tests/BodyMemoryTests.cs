using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kthena.Router.Tests;

/// <summary>How long the router keeps a prompt: until there can be no other attempt with it, and never shorter than anybody reads it.</summary>
public sealed class BodyMemoryTests
{
    private const string Event = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}";
    private static readonly string Prompt = new('p', 220 * 1024);

    [Fact]
    public async Task ManyStreamsOfLongPrompts_HoldNoneOfThem()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        (TaskCompletionSource second, TaskCompletionSource rest) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Engines[0].Script = http => TellAsync(http, second.Task, rest.Task);
        OpenStream[] streams = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => OpenStream.OpenAsync(gateway, Prompt)));
        foreach (OpenStream stream in streams)
            await stream.EventAsync();

        // Whoever has a second event knows that the router has asked for it, after it had passed on the first.
        second.SetResult();
        foreach (OpenStream stream in streams)
            await stream.EventAsync();
        gateway.Router.HeldBodyBytes.ShouldBe(0);

        rest.SetResult();
        foreach (OpenStream stream in streams)
        {
            await stream.EventAsync();
            stream.Dispose();
        }
        gateway.Engines[0].Seen.ShouldAllBe(static seen => seen.Body.Contains(Prompt, StringComparison.Ordinal));
    }

    [Fact]
    public async Task EngineThatAnswersBeforeItReads_GetsTheBodyUnharmed()
    {
        // Far more than an engine takes in without reading.
        string prompt = string.Concat(Enumerable.Range(0, 500_000).Select(static number => $"{number} "));
        await using Gateway gateway = await Gateway.StartAsync(
            configure: static options => options with { EnginesSpeakHttp2 = true }, engineProtocols: HttpProtocols.Http2);
        (TaskCompletionSource second, TaskCompletionSource rest) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Engines[0].Before = http =>
            http.Request.ContentLength > prompt.Length ? TellAsync(http, second.Task, rest.Task) : Task.CompletedTask;
        gateway.Engines[0].Script = static http => http.Response.HasStarted ? Task.CompletedTask : ScriptedEngine.Json(http, ScriptedEngine.Answer);
        using OpenStream early = await OpenStream.OpenAsync(gateway, prompt);
        await early.EventAsync();
        second.SetResult();
        await early.EventAsync();
        gateway.Router.HeldBodyBytes.ShouldBeGreaterThan(prompt.Length);

        // Others would be given the buffer; they go no further, because the engine reads nothing of its connection.
        string other = new('x', prompt.Length - 100);
        for (int count = 0; count < 4; count++)
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(other, model: "nobody"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        rest.SetResult();
        await early.EventAsync();

        await UntilNothingIsHeldAsync(gateway);
        gateway.Engines[0].Seen.Last().Body.Contains(prompt, StringComparison.Ordinal).ShouldBeTrue();
    }

    [Fact]
    public async Task PrefillThatIsStillUnderWay_KeepsTheBodyOfAStream()
    {
        await using Gateway gateway = await PrefillDecodeTests.StartAsync("prefill decode", engine: "SGLang");
        (TaskCompletionSource second, TaskCompletionSource rest) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Engines[0].Script = async http =>
        {
            await rest.Task;
            await ScriptedEngine.Json(http, ScriptedEngine.Answer);
        };
        gateway.Engines[1].Script = http => TellAsync(http, second.Task, rest.Task);
        using OpenStream stream = await OpenStream.OpenAsync(gateway, Prompt);
        await stream.EventAsync();
        second.SetResult();
        await stream.EventAsync();
        gateway.Router.HeldBodyBytes.ShouldBeGreaterThan(Prompt.Length);

        rest.SetResult();
        await stream.EventAsync();
        await UntilNothingIsHeldAsync(gateway);
    }

    [Fact]
    public async Task PairWhosePrefillIsDone_HoldsNothingOfTheStreamsPrompt()
    {
        await using Gateway gateway = await PrefillDecodeTests.StartAsync("prefill decode", "nixl");
        (TaskCompletionSource second, TaskCompletionSource rest) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Engines[1].Script = http => TellAsync(http, second.Task, rest.Task);
        using OpenStream stream = await OpenStream.OpenAsync(gateway, Prompt);
        await stream.EventAsync();
        second.SetResult();
        await stream.EventAsync();

        gateway.Router.HeldBodyBytes.ShouldBe(0);
        rest.SetResult();
        await stream.EventAsync();
    }

    /// <summary>Sends three events, the second and third when the test says so.</summary>
    private static async Task TellAsync(HttpContext http, Task second, Task third)
    {
        http.Response.ContentType = "text/event-stream";
        foreach (Task turn in new[] { Task.CompletedTask, second, third })
        {
            await turn;
            await http.Response.WriteAsync(Event + "\n\n");
            await http.Response.Body.FlushAsync();
        }
    }

    /// <summary>The client may have the end of its answer before the router is done with the request.</summary>
    private static async Task UntilNothingIsHeldAsync(Gateway gateway)
    {
        using var limit = new CancellationTokenSource(Gateway.Patience);
        while (gateway.Router.HeldBodyBytes > 0)
            await gateway.Client.GetAsync("/healthz", limit.Token);
    }

    /// <summary>A stream that a client reads event by event.</summary>
    private sealed class OpenStream(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        public static async Task<OpenStream> OpenAsync(Gateway gateway, string prompt)
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat(prompt, stream: true) };
            HttpResponseMessage response = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
            return new OpenStream(response, new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8));
        }

        public async Task EventAsync()
        {
            (await reader.ReadLineAsync().WaitAsync(Gateway.Patience)).ShouldBe(Event);
            (await reader.ReadLineAsync().WaitAsync(Gateway.Patience)).ShouldBe("");
        }

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }
    }
}
