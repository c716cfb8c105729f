using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Tests;

public sealed class StreamLoadTests
{
    private static readonly int Streams = Environment.GetEnvironmentVariable("KTHENA_TEST_SIZE") == "full" ? 5000 : 500;

    [Fact]
    public async Task ManyStreams_RunAtOnce_AndEachGetsItsOwn()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 4);
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
                if (Interlocked.Increment(ref open) == Streams)
                    allOpen.SetResult();
                await allOpen.Task;
                await http.Response.WriteAsync($"data: {id} ends\n\n");
            };
        }

        string[] answers = await Task.WhenAll(Enumerable.Range(0, Streams).Select(id => StreamAsync(gateway, id)))
            .WaitAsync(TimeSpan.FromMinutes(2));

        for (int id = 0; id < Streams; id++)
            answers[id].ShouldBe($"data: {id} begins\n\ndata: {id} ends\n\n");
        gateway.Engines.ShouldAllBe(engine => engine.Seen.Count > Streams / 10);
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
