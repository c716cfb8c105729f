using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Tests;

/// <summary>A route with <c>rateLimit</c>.</summary>
public sealed class RateLimitTests
{
    [Fact]
    public async Task PromptBeyondTheLimit_Is429_AndReachesNoEngine()
    {
        await using Gateway gateway = await StartAsync("""{"inputTokensPerUnit":30,"unit":"month"}""");

        // Some 20 tokens each, with what a template adds.
        (await PostAsync(gateway)).StatusCode.ShouldBe(HttpStatusCode.OK);
        HttpResponseMessage refused = await PostAsync(gateway);

        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.FromHours(1));
        JsonElement error = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        error.GetProperty("message").GetString().ShouldBe("input token rate limit exceeded");
        error.GetProperty("type").GetString().ShouldBe("rate_limit_error");
        error.GetProperty("code").GetString().ShouldBe("rate_limit_exceeded");
        gateway.Engines[0].Seen.Count.ShouldBe(1);
        string metrics = await gateway.MetricsAsync();
        metrics.ShouldContain("kthena_router_rate_limit_exceeded_total{limit_type=\"input_tokens\",model=\"tiny\",path=\"/v1/chat/completions\"} 1\n");
        metrics.ShouldContain("error_type=\"rate_limit\"");
        (await gateway.LogLineAsync()).ShouldContain(" 429 error=input_rate_limit:input token rate limit exceeded model_name=tiny ");
    }

    [Fact]
    public async Task AnswersBeyondTheLimit_TurnTheNextRequestAway_ButNoAdapters()
    {
        // Each answer tells of 3 tokens.
        await using Gateway gateway = await StartAsync("""{"outputTokensPerUnit":3,"unit":"month"}""");

        (await PostAsync(gateway)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await gateway.UntilMetricAsync("kthena_router_active_requests 0");
        HttpResponseMessage refused = await PostAsync(gateway);

        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("output token rate limit exceeded");
        (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello", model: "my-lora"))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task StreamThatItsClientLeaves_IsPaidForByWhatItBrought()
    {
        await using Gateway gateway = await StartAsync("""{"outputTokensPerUnit":3,"unit":"month"}""");
        gateway.Engines[0].Script = static async http =>
        {
            http.Response.ContentType = "text/event-stream";
            for (int token = 0; token < 5; token++)
                await http.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
            await http.Response.WriteAsync(": all were sent\n\n");
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        await using (RawConnection raw = await RawConnection.OpenAsync(gateway))
        {
            const string Body = """{"model":"tiny","prompt":"x","stream":true}""";
            await raw.SendAsync($"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
            await raw.UntilAsync("all were sent");
        }
        await gateway.UntilMetricAsync("kthena_router_active_requests 0");

        (await PostAsync(gateway)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task PromptThatNeverPasses_IsToldSo_WithoutATimeToAskAgain()
    {
        await using Gateway gateway = await StartAsync("""{"inputTokensPerUnit":1}""");

        HttpResponseMessage refused = await PostAsync(gateway);

        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter.ShouldBeNull();
        (await refused.Content.ReadAsStringAsync()).ShouldContain("more than the limit of 1 ever lets through");
    }

    [Fact]
    public async Task Limit_SurvivesOtherChangesOfTheTable_AndGoesWithTheRoutes()
    {
        await using Gateway gateway = await StartAsync("""{"inputTokensPerUnit":30,"unit":"month"}""");
        (await PostAsync(gateway)).StatusCode.ShouldBe(HttpStatusCode.OK);

        await gateway.SetAsync([.. Objects(gateway, """{"inputTokensPerUnit":30,"unit":"month"}"""), ToyCluster.Server("another", 1)]);
        (await PostAsync(gateway)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        await gateway.SetAsync([.. Objects(gateway, """{"inputTokensPerUnit":31,"unit":"month"}""")]);
        (await PostAsync(gateway)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await PostAsync(gateway)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        await gateway.SetAsync([.. Objects(gateway, "null")]);
        (await PostAsync(gateway)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static Task<HttpResponseMessage> PostAsync(Gateway gateway) =>
        gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello hello hello hello hello hello"));

    private static async Task<Gateway> StartAsync(string limit)
    {
        Gateway gateway = await Gateway.StartAsync(engines: 1);
        await gateway.SetAsync(Objects(gateway, limit));
        return gateway;
    }

    private static object[] Objects(Gateway gateway, string limit) =>
    [
        ToyCluster.Route($$$"""
            {"metadata":{"namespace":"default","name":"route","uid":"route","resourceVersion":"{{{limit.GetHashCode(StringComparison.Ordinal)}}}","creationTimestamp":"2026-01-01T00:00:00Z"},
             "spec":{"modelName":"tiny","loraAdapters":["my-lora"],"rateLimit":{{{limit}}},"rules":[{"targetModels":[{"modelServerName":"server"}]}]}}
            """),
        ToyCluster.Server("server", gateway.Port),
        ToyCluster.Pod("pod-0", "server", gateway.Engines[0].Address.ToString()),
    ];
}
