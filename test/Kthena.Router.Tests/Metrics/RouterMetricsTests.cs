using System.Net;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Tests.Metrics;

public sealed class RouterMetricsTests
{
    [Fact]
    public async Task Request_IsCountedUnderUpstreamsNames()
    {
        await using Gateway gateway = await Gateway.StartAsync(engineModel: "engine-name");
        for (int round = 0; round < 3; round++)
            await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(new string('p', 1000)));

        List<Sample> samples = await ScrapeWhenIdleAsync(gateway);

        Dictionary<string, string> counted = samples.Single(static sample => sample.Name == "kthena_router_requests_total").Labels;
        counted.OrderBy(static label => label.Key).Select(static label => $"{label.Key}={label.Value}").ShouldBe([
            "backend_name=default/server", "backend_type=model_server", "error_type=successful_request", "model=tiny",
            "model_route=default/route", "path=/v1/chat/completions", "status_code=200", "upstream_model=engine-name"]);
        Value(samples, "kthena_router_requests_total").ShouldBe(3);
        Value(samples, "kthena_router_request_duration_seconds_count").ShouldBe(3);
        Value(samples, "kthena_router_tokens_total", ("token_type", "input")).ShouldBe(21);
        Value(samples, "kthena_router_tokens_total", ("token_type", "output")).ShouldBe(9);
        Value(samples, "kthena_router_active_requests").ShouldBe(0);
        Value(samples, "kthena_router_active_downstream_requests", ("model", "tiny")).ShouldBe(0);
        Value(samples, "kthena_router_active_upstream_requests", ("model_server", "default/server")).ShouldBe(0);
        Value(samples, "kthena_router_prefix_cache_match_ratio_count", ("model", "tiny")).ShouldBe(3);
        Value(samples, "kthena_router_prefix_cache_entries").ShouldBeGreaterThan(0);
        Value(samples, "kthena_router_scheduler_plugin_duration_seconds_count", ("plugin", "cost"), ("type", "score")).ShouldBe(1);
        Value(samples, "kthena_router_request_duration_seconds_bucket", ("le", "60")).ShouldBe(3);
        Value(samples, "process_cpu_seconds_total").ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Gauges_CountWhatIsInFlight()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        gateway.Engines[0].Script = async http =>
        {
            arrived.SetResult();
            await release.Task;
            await ScriptedEngine.Json(http, ScriptedEngine.Answer);
        };
        Task<HttpResponseMessage> pending = gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));
        await arrived.Task;

        List<Sample> samples = await ScrapeAsync(gateway);
        release.SetResult();
        await pending;

        Value(samples, "kthena_router_active_requests").ShouldBe(1);
        Value(samples, "kthena_router_active_downstream_requests").ShouldBe(1);
        Value(samples, "kthena_router_active_upstream_requests", ("upstream_model", "tiny"), ("backend_type", "model_server")).ShouldBe(1);
    }

    /// <summary>Section 8, 48: arbitrary model names exploded metric cardinality.</summary>
    [Fact]
    public async Task Bug1398_UnknownModels_ShareOneLabel()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        for (int round = 0; round < 100; round++)
            (await gateway.Client.PostAsync($"/v1/path-{round}", Gateway.Chat("x", model: $"m-{round}"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        List<Sample> samples = await ScrapeWhenIdleAsync(gateway);

        List<Sample> requests = [.. samples.Where(static sample => sample.Name == "kthena_router_requests_total")];
        requests.ShouldAllBe(static sample => sample.Labels["model"] == "unknown" && sample.Labels["backend_type"] == "unresolved"
            && sample.Labels["error_type"] == "route_not_found" && sample.Labels["model_route"] == "none");
        requests.Count.ShouldBe(65);
        requests.Sum(static sample => sample.Value).ShouldBe(100);
    }

    [Fact]
    public async Task PathsThatSomebodyMadeUp_TakeNoKnownPathsPlace()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        for (int round = 0; round < 100; round++)
            await gateway.Client.PostAsync($"/v1/path-{round}", Gateway.Chat("x", model: "unknown-model"));

        (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("x"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await ScrapeWhenIdleAsync(gateway)).ShouldContain(static sample =>
            sample.Name == "kthena_router_requests_total" && sample.Labels["path"] == "/v1/chat/completions" && sample.Labels["model"] == "tiny");
    }

    [Theory]
    [InlineData("""{"model":"tiny"}""", "prompt_parsing")]
    [InlineData("""{"model":"tiny","prompt":"x"}""", "pod_discovery")]
    public async Task Failure_IsCountedByItsType(string body, string errorType)
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        await gateway.Client.PostAsync("/v1/completions", Gateway.Json(body));
        await gateway.Client.PostAsync("/v1/completions", Gateway.Json("{"));

        List<Sample> samples = await ScrapeWhenIdleAsync(gateway);

        Sample counted = samples.Single(static sample => sample.Name == "kthena_router_requests_total");
        counted.Labels["error_type"].ShouldBe(errorType);
        counted.Labels["model"].ShouldBe("tiny");
    }

    /// <summary>Section 8, 31: mid-stream upstream errors reported as success.</summary>
    [Fact]
    public async Task Bug1049_BrokenStream_IsNoSuccess()
    {
        await using Gateway gateway = await Gateway.StartAsync();
        var received = new TaskCompletionSource();
        gateway.Engines[0].Script = async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("data: {}\n\n");
            await http.Response.Body.FlushAsync();
            await received.Task;
            http.Abort();
        };
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("x", stream: true) };
        using HttpResponseMessage response = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        received.SetResult();
        await Should.ThrowAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());

        string line = await gateway.LogLineAsync();

        line.ShouldContain(" 200 error=proxy:the engine's answer broke off: ResponseBody");
        line.ShouldContain(" error_origin=upstream ");
        Value(await ScrapeAsync(gateway), "kthena_router_requests_total", ("error_type", "proxy")).ShouldBe(1);
    }

    /// <summary>Section 8, 65: metrics were exposed publicly.</summary>
    [Fact]
    public async Task Bug1488_MetricsHaveALoopbackListenerOfTheirOwn()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);

        (await gateway.Client.GetAsync("/metrics")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using HttpClient client = Gateway.ClientOf(gateway.Router.MetricsAddress);
        HttpResponseMessage response = await client.GetAsync("/metrics");
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        (await client.GetAsync("/other")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        gateway.Router.MetricsAddress!.Host.ShouldBe("127.0.0.1");
    }

    [Fact]
    public async Task Metrics_AreOnTheRoutersPortWhenAskedFor()
    {
        await using Gateway gateway = await Gateway.StartAsync(
            engines: 0, configure: static options => options with { MetricsPort = null, ExposesMetricsOnRouterPort = true });

        gateway.Router.MetricsAddress.ShouldBeNull();
        (await gateway.Client.GetStringAsync("/metrics")).ShouldContain("kthena_router_active_requests 0\n");
    }

    [Fact]
    public async Task PortInUse_IsNamed()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);

        RouterPortInUseException taken = await Should.ThrowAsync<RouterPortInUseException>(
            () => gateway.AddRouterAsync(options => options with { MetricsPort = gateway.Router.MetricsAddress!.Port }));

        taken.Listener.ShouldBe("metrics");
        taken.Port.ShouldBe(gateway.Router.MetricsAddress!.Port);
    }

    /// <summary>A request is counted after its last byte.</summary>
    private static async Task<List<Sample>> ScrapeWhenIdleAsync(Gateway gateway)
    {
        using var limit = new CancellationTokenSource(Gateway.Patience);
        while (true)
        {
            List<Sample> samples = await ScrapeAsync(gateway);
            if (Value(samples, "kthena_router_active_requests") == 0)
                return samples;
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task<List<Sample>> ScrapeAsync(Gateway gateway)
    {
        using HttpClient client = Gateway.ClientOf(gateway.Router.MetricsAddress);
        return Exposition.Parse(await client.GetStringAsync("/metrics"));
    }

    private static double Value(List<Sample> samples, string name, params (string Label, string Value)[] labels) =>
        samples.Single(sample => sample.Name == name
            && labels.All(label => sample.Labels.TryGetValue(label.Label, out string? value) && value == label.Value)).Value;
}
