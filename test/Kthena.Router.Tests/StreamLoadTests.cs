using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kthena.Router.Tests;

public sealed class StreamLoadTests
{
    private static readonly bool IsFullSize = Environment.GetEnvironmentVariable("KTHENA_TEST_SIZE") == "full";

    /// <summary>All ends of all connections are in this process, four for each stream where engines speak HTTP/1.1.</summary>
    [Theory]
    [InlineData(HttpProtocols.Http1, 4000, 500)]
    [InlineData(HttpProtocols.Http2, 5000, 200)]
    public async Task ManyStreams_RunAtOnce_AndEachGetsItsOwn(HttpProtocols engineProtocol, int full, int part)
    {
        int streams = IsFullSize ? full : part;
        await using Gateway gateway = await Gateway.StartAsync(
            engines: 4, configure: options => options with { EnginesSpeakHttp2 = engineProtocol == HttpProtocols.Http2 }, engineProtocols: engineProtocol);
        gateway.Client.Timeout = TimeSpan.FromMinutes(3);
        int open = 0;
        var allOpen = new TaskCompletionSource();
        foreach (ScriptedEngine engine in gateway.Engines)
        {
            engine.Script = async http =>
            {
                string id = http.Request.Query["id"]!;
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync($"data: {id} begins\n\n");
                await http.Response.Body.FlushAsync();
                if (Interlocked.Increment(ref open) == streams)
                    allOpen.SetResult();
                await allOpen.Task;
                await http.Response.WriteAsync($"data: {id} ends\n\n");
            };
        }

        string[] answers = await Task.WhenAll(Enumerable.Range(0, streams).Select(id => StreamAsync(gateway, id)))
            .WaitAsync(TimeSpan.FromMinutes(3));

        for (int id = 0; id < streams; id++)
            answers[id].ShouldBe($"data: {id} begins\n\ndata: {id} ends\n\n");
        // At full size no even share: in a burst of thousands in which no stream ends, engines that share two cores seem unequally fast.
        int least = streams / (IsFullSize ? 100 : 10);
        gateway.Engines.Select(static engine => engine.Seen.Count).ShouldAllBe(count => count > least);
    }

    private static async Task<string> StreamAsync(Gateway gateway, int id)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, $"/v1/chat/completions?id={id}")
        {
            Content = Gateway.Chat($"prompt {id}", stream: true),
        };
        using HttpResponseMessage response = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}
