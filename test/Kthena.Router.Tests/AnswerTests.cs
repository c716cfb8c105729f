using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kthena.Routing.Scheduling;

namespace Kthena.Router.Tests;

public sealed partial class AnswerTests
{
    [Theory]
    [InlineData("{", 400, "invalid request body: expected '\"' at byte 1")]
    [InlineData("""{"model":"tiny","prompt":"x"} {}""", 400, "invalid request body: text after the JSON object at byte 30")]
    [InlineData("""{"prompt":"x"}""", 404, "model not found: the body's 'model' must be a non-blank string")]
    [InlineData("""{"model":" ","prompt":"x"}""", 404, "model not found: the body's 'model' must be a non-blank string")]
    [InlineData("""{"model":"tiny"}""", 404, "prompt not found: the body needs 'prompt', 'messages' or 'input'")]
    [InlineData("""{"model":"tinny","prompt":"x"}""", 404, "route not found: no route serves model 'tinny'; did you mean 'tiny'?")]
    [InlineData("""{"model":"something-else","prompt":"x"}""", 404, "route not found: no route serves model 'something-else'")]
    public async Task BadRequest_IsAnsweredInOpenAisShape(string body, int status, string message)
    {
        await using Gateway gateway = await Gateway.StartAsync();

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/completions", Gateway.Json(body));

        ((int)response.StatusCode).ShouldBe(status);
        JsonElement error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        error.GetProperty("message").GetString().ShouldBe(message);
        error.GetProperty("type").GetString().ShouldBe("invalid_request_error");
    }

    [Fact]
    public async Task NoEndpoints_Is503()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/completions", Gateway.Json("""{"model":"tiny","prompt":"x"}"""));

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await response.Content.ReadAsStringAsync()).ShouldContain("no available pods for model server: default/server");
    }

    [Fact]
    public async Task FiltersThatLeaveNobody_Are503()
    {
        await using Gateway gateway = await Gateway.StartAsync(
            configure: static options => options with { Profile = new SchedulingProfile("strict", [new NobodyFilter()], []) });

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await response.Content.ReadAsStringAsync()).ShouldContain("pods have all been filtered out by");
    }

    [Fact]
    public async Task Weakness17_BodyBeyondTheLimit_Is413()
    {
        await using Gateway gateway = await Gateway.StartAsync(configure: static options => options with { BodyBytesMax = 2048 });

        HttpResponseMessage response = await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(new string('x', 4096)));

        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task PlainEndpoints_Answer()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);

        (await gateway.Client.GetStringAsync("/healthz")).ShouldBe("""{"message":"ok"}""");
        (await gateway.Client.GetStringAsync("/readyz")).ShouldBe("""{"message":"router is ready"}""");
        (await gateway.Client.GetStringAsync("/v1/models")).ShouldBe(
            """{"object":"list","data":[{"id":"my-lora","object":"model","created":0,"owned_by":"kthena"},{"id":"tiny","object":"model","created":0,"owned_by":"kthena"}]}""");
        (await gateway.Client.GetStringAsync("/v1/models/tiny")).ShouldBe("""{"id":"tiny","object":"model","created":0,"owned_by":"kthena"}""");
        HttpResponseMessage near = await gateway.Client.GetAsync("/v1/models/tinny");
        near.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await near.Content.ReadAsStringAsync()).ShouldContain("did you mean");
        (await gateway.Client.GetAsync("/elsewhere")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task AccessLog_HasUpstreamsFieldsInOrder()
    {
        await using Gateway gateway = await Gateway.StartAsync(engineModel: "engine-name");
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions?secret=1") { Content = Gateway.Chat("hello") };
        message.Headers.Add("x-request-id", "id-1");

        await gateway.Client.SendAsync(message);

        string line = await gateway.LogLineAsync();
        Variable().Replace(line, static match => match.Value[0] == '[' ? "[ts]" : "timings=T").ShouldBe(
            "[ts] \"POST /v1/chat/completions HTTP/1.1\" 200 model_name=tiny model_route=default/route model_server=default/server "
            + "selected_pod=pod-0 request_id=id-1 backend_type=model_server backend_name=default/server upstream_model=engine-name "
            + "upstream_status_code=200 upstream_attempts=1 tokens=7/3 timings=T");
    }

    [Fact]
    public async Task Weakness16_AccessLog_ModelName_CannotForgeALine()
    {
        await using Gateway gateway = await Gateway.StartAsync();

        await gateway.Client.PostAsync("/v1/completions", Gateway.Json("""{"model":"a\n[x] \"GET / HTTP/1.1\" 200 model_name=b","prompt":"x"}"""));

        string line = await gateway.LogLineAsync();
        line.ShouldNotContain('\n');
        line.ShouldContain("error=route_not_found:");
        line.ShouldContain(" model_name=a\\n[x]\\u0020\"GET\\u0020/\\u0020HTTP/1.1\"\\u0020200\\u0020model_name=b ");
    }

    [Fact]
    public async Task ModelNameOfAMegabyte_IsNotSentBack()
    {
        await using Gateway gateway = await Gateway.StartAsync();

        HttpResponseMessage response = await gateway.Client.PostAsync(
            "/v1/completions", Gateway.Json($$"""{"model":"{{new string('m', 1 << 20)}}","prompt":"x"}"""));

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync()).Length.ShouldBeLessThan(1024);
    }

    private sealed class NobodyFilter : IEndpointFilter
    {
        public string Name => "nobody";

        public int Narrow(in PickInput input, Span<int> candidates) => 0;
    }

    [GeneratedRegex(@"^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\]|timings=\d+ms\(\d+\+\d+\+\d+\)$")]
    private static partial Regex Variable();
}
