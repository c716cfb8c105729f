using System.Net;
using Kthena.Router.Gateway;
using Kthena.Router.Tables;
using Kthena.Router.Tracing;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Tests.Tracing;

/// <summary>Who listens to spans listens to those of every router in the process.</summary>
[Collection(AloneCollection.Name)]
public sealed class TracingTests
{
    private const string ClientTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string ClientSpan = "00f067aa0ba902b7";

    [Fact]
    public async Task Request_IsTraced_FromTheClientsSpanToTheEngines()
    {
        await using OtlpReceiver collector = await OtlpReceiver.StartAsync();
        await using Gateway gateway = await Gateway.StartAsync(engines: 1, configure: options => To(collector, options), engineModel: "org/tiny");

        using (var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat(new string('p', 1000)) })
        {
            message.Headers.Add("traceparent", $"00-{ClientTrace}-{ClientSpan}-01");
            message.Headers.Add("tracestate", "vendor=1");
            message.Headers.Add("x-request-id", "traced");
            (await gateway.Client.SendAsync(message)).EnsureSuccessStatusCode();
        }
        Dictionary<string, string> atEngine = gateway.Engines[0].Seen.ShouldHaveSingleItem().Headers;
        await gateway.Router.DisposeAsync();

        collector.Requests.ShouldAllBe(static request => request == "POST /v1/traces application/x-protobuf secret");
        OtlpSpan[] spans = [.. collector.Spans.Where(static span => span.TraceId == ClientTrace)];
        spans.ShouldAllBe(static span => span.Service == "tests" && span.Scope == RouterSpans.SourceName && span.End >= span.Start && span.Start > 0);
        OtlpSpan server = spans.Single(static span => span.Kind == 2);
        OtlpSpan pick = spans.Single(static span => span.Name == "pick");
        OtlpSpan attempt = spans.Single(static span => span.Kind == 3);
        spans.Length.ShouldBe(3);
        (server.Name, server.ParentId, server.Status).ShouldBe(("chat tiny", ClientSpan, 0));
        server.Tags.ShouldBe(
            new Dictionary<string, string>
            {
                ["http.request.method"] = "POST",
                ["url.path"] = "/v1/chat/completions",
                ["url.scheme"] = "http",
                ["http.response.status_code"] = "200",
                ["gen_ai.operation.name"] = "chat",
                ["gen_ai.request.model"] = "tiny",
                ["gen_ai.provider.name"] = "vllm",
                ["gen_ai.usage.input_tokens"] = "7",
                ["gen_ai.usage.output_tokens"] = "3",
                ["kthena.request.id"] = "traced",
                ["kthena.model_route"] = "default/route",
                ["kthena.model_server"] = "default/server",
                ["kthena.attempts"] = "1",
            },
            ignoreOrder: true);
        pick.ParentId.ShouldBe(server.SpanId);
        pick.Tags["kthena.prompt.blocks"].ShouldBe("16");
        pick.Tags["kthena.prompt.blocks_held"].ShouldBe("0");
        (attempt.ParentId, attempt.Tags["kthena.pod"], attempt.Tags["http.response.status_code"]).ShouldBe((server.SpanId, "default/pod-0", "200"));
        atEngine["traceparent"].ShouldBe($"00-{ClientTrace}-{attempt.SpanId}-01");
        atEngine["tracestate"].ShouldBe("vendor=1");
    }

    [Fact]
    public async Task FailedAttempt_HasASpanOfItsOwn_AndAnErrorIsOne()
    {
        await using OtlpReceiver collector = await OtlpReceiver.StartAsync();
        await using Gateway gateway = await Gateway.StartAsync(engines: 1, dead: 1, configure: options => To(collector, options));
        for (int index = 0; index < 8; index++)
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"{index}"))).EnsureSuccessStatusCode();
        (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("x", model: "nobody"))).StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound);
        await gateway.Router.DisposeAsync();

        OtlpSpan failed = collector.Spans.First(static span => span.Kind == 3 && span.Status == 2);
        failed.Tags["kthena.pod"].ShouldBe("default/dead-0");
        failed.Tags["error.type"].ShouldBe("Request");
        OtlpSpan next = collector.Spans.Single(span => span.Kind == 3 && span.ParentId == failed.ParentId && span != failed);
        (next.Tags["kthena.pod"], next.Tags["http.request.resend_count"]).ShouldBe(("default/pod-0", "1"));
        OtlpSpan unknown = collector.Spans.Single(static span => span.Kind == 2 && span.Tags["http.response.status_code"] == "404");
        (unknown.Name, unknown.Tags["error.type"], unknown.Status).ShouldBe(("chat unknown", "route_not_found", 0));
        unknown.ParentId.ShouldBeEmpty();
    }

    [Fact]
    public async Task CollectorOnThisMachine_IsReachedWhateverTheProxy()
    {
        await using OtlpReceiver collector = await OtlpReceiver.StartAsync();
        IWebProxy before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new WebProxy("http://127.0.0.1:9");
        try
        {
            await using Gateway gateway = await Gateway.StartAsync(engines: 1, configure: options => To(collector, options));
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("x"))).EnsureSuccessStatusCode();
            await gateway.Router.DisposeAsync();
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }

        collector.Spans.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task ClientThatDoesNotSample_IsNotTraced_AndItsTraceGoesOn()
    {
        await using OtlpReceiver collector = await OtlpReceiver.StartAsync();
        await using Gateway gateway = await Gateway.StartAsync(engines: 1, configure: options => To(collector, options));
        using (var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("x") })
        {
            message.Headers.Add("traceparent", $"00-{ClientTrace}-{ClientSpan}-00");
            (await gateway.Client.SendAsync(message)).EnsureSuccessStatusCode();
        }
        await gateway.Router.DisposeAsync();

        collector.Spans.ShouldBeEmpty();
        string forwarded = gateway.Engines[0].Seen.ShouldHaveSingleItem().Headers["traceparent"];
        forwarded.ShouldStartWith($"00-{ClientTrace}-");
        forwarded.ShouldEndWith("-00");
    }

    [Fact]
    public async Task WithoutACollector_TheClientsTraceIsPassedThrough()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 1);
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Gateway.Chat("x") };
        message.Headers.Add("traceparent", $"00-{ClientTrace}-{ClientSpan}-01");

        (await gateway.Client.SendAsync(message)).EnsureSuccessStatusCode();

        gateway.Engines[0].Seen.ShouldHaveSingleItem().Headers["traceparent"].ShouldBe($"00-{ClientTrace}-{ClientSpan}-01");
    }

    [Fact]
    public void WithoutACollector_SpansAllocateNothing()
    {
        var request = new RoutedRequest(new BodyBuffers());
        var http = new DefaultHttpContext();
        http.Request.Path = "/v1/chat/completions";
        request.Begin(http, LiveTable.Empty, "id", 1, default, 1);
        var endpoint = new Kthena.Model.Routing.EngineEndpoint { Pod = new Kthena.Model.NamespacedName("a", "b"), Uid = "u", Address = "127.0.0.1", Port = 1 };
        Once();

        // The runtime may compile a method anew in between, on this thread's account.
        Enumerable.Range(0, 5).Min(_ => AllocatedBy(1000)).ShouldBe(0);

        long AllocatedBy(int rounds)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int round = 0; round < rounds; round++)
                Once();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void Once()
        {
            request.Span = RouterSpans.Request(http, "id");
            RouterSpans.Picked(RouterSpans.Pick(request), request, 0);
            RouterSpans.Attempted(RouterSpans.Attempt(request, endpoint), 200, null);
            RouterSpans.Ended(request, default, default);
        }
    }

    [Theory]
    [InlineData("http://c:4318", null, null, "http://c:4318/v1/traces", false)]
    [InlineData("http://c:4318/base/", null, "http/protobuf", "http://c:4318/base/v1/traces", false)]
    [InlineData("http://c:4317", null, "grpc", "http://c:4317/", true)]
    [InlineData("http://c:4318", "https://d/x", null, "https://d/x", false)]
    public void Environment_NamesTheCollector(string? endpoint, string? traces, string? protocol, string address, bool usesGrpc)
    {
        var faults = new List<string>();
        TraceOptions options = TraceSettings.Read(
            name => name switch
            {
                "OTEL_EXPORTER_OTLP_ENDPOINT" => endpoint,
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" => traces,
                "OTEL_EXPORTER_OTLP_PROTOCOL" => protocol,
                "OTEL_TRACES_SAMPLER" => "parentbased_traceidratio",
                "OTEL_TRACES_SAMPLER_ARG" => "0.25",
                "OTEL_SERVICE_NAME" => "named",
                _ => null,
            },
            faults).ShouldNotBeNull();

        faults.ShouldBeEmpty();
        options.Endpoint.AbsoluteUri.ShouldBe(address);
        (options.UsesGrpc, options.SampledShare, options.ServiceName).ShouldBe((usesGrpc, 0.25, "named"));
    }

    [Fact]
    public void Environment_IsOffByDefault_AndWhatCannotBeUsedIsRefused()
    {
        var faults = new List<string>();
        TraceSettings.Read(static _ => null, faults).ShouldBeNull();
        TraceSettings.Read(static name => name switch { "OTEL_EXPORTER_OTLP_ENDPOINT" => "http://c", "OTEL_SDK_DISABLED" => "true", _ => null }, faults).ShouldBeNull();
        faults.ShouldBeEmpty();

        TraceSettings.Read(static name => name == "OTEL_EXPORTER_OTLP_ENDPOINT" ? "collector:4318" : null, faults);
        TraceSettings.Read(
            static name => name switch
            {
                "OTEL_EXPORTER_OTLP_ENDPOINT" => "http://c",
                "OTEL_EXPORTER_OTLP_PROTOCOL" => "http/json",
                "OTEL_TRACES_SAMPLER" => "traceidratio",
                "OTEL_TRACES_SAMPLER_ARG" => "2",
                _ => null,
            },
            faults);

        faults.ShouldBe(
        [
            "OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https address, not 'collector:4318'.",
            "OTEL_EXPORTER_OTLP_PROTOCOL must be grpc or http/protobuf, not 'http/json'.",
            "OTEL_TRACES_SAMPLER_ARG must be 0 to 1, not '2'.",
        ]);
    }

    private static RouterOptions To(OtlpReceiver collector, RouterOptions options) => options with
    {
        Traces = new TraceOptions { Endpoint = collector.Endpoint, Headers = "x-key=secret", ServiceName = "tests" },
    };
}
