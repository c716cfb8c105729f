using System.Net;
using Kthena.Routing.Scheduling;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Tests;

/// <summary>What makes a router give an endpoint a rest, and what does not.</summary>
public sealed class BreakerTests
{
    [Fact]
    public async Task EngineThatBreaksItsStreamsOff_GetsARest()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 2, configure: static options => options with { Profile = SchedulingProfile.Locality });
        gateway.Engines[0].Script = static async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("data: first\n\n");
            await http.Response.Body.FlushAsync();
            http.Abort();
        };

        for (int index = 0; index < 60; index++)
        {
            try
            {
                using HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"{index}", stream: true));
                response.StatusCode.ShouldBe(HttpStatusCode.OK);
            }
            catch (HttpRequestException)
            {
                // The stream broke off.
            }
        }

        // After the first rest of 5 s it is tried once more, on a slow machine some times.
        gateway.Engines[0].Seen.Count.ShouldBeInRange(OutlierBreaker.FailuresMax, OutlierBreaker.FailuresMax + 5);
    }

    [Fact]
    public async Task ClientsThatLeave_SayNothingAgainstTheEngine()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        var released = new SemaphoreSlim(0);
        gateway.Engines[0].Script = async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("data: first\n\n");
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            released.Release();
        };
        for (int index = 0; index < 2 * OutlierBreaker.FailuresMax; index++)
        {
            await using (RawConnection raw = await RawConnection.OpenAsync(gateway))
            {
                const string Body = """{"model":"tiny","prompt":"x","stream":true}""";
                await raw.SendAsync($"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
                await raw.UntilAsync("first");
            }
            (await released.WaitAsync(Gateway.Patience)).ShouldBeTrue();
        }
        gateway.Engines[0].Script = static http => ScriptedEngine.Json(http, ScriptedEngine.Answer);
        await gateway.UntilMetricAsync("kthena_router_active_requests 0");

        using var last = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("x") };
        last.Headers.Add("x-request-id", "last");
        (await gateway.Client.SendAsync(last)).EnsureSuccessStatusCode();

        using var debug = new HttpClient { BaseAddress = gateway.Router.DebugAddress };
        (await debug.GetStringAsync("/debug/explain/last")).ShouldNotContain("breaker_open");
    }
}
