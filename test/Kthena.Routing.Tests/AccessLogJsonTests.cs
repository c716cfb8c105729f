using System.Text;
using System.Text.Json;
using Kthena.Routing.Accounting;

namespace Kthena.Routing.Tests;

public sealed class AccessLogJsonTests
{
    private static readonly AccessLogEntry Full = new()
    {
        Timestamp = new DateTimeOffset(2026, 8, 21, 12, 30, 15, 120, TimeSpan.FromHours(2)),
        Method = "POST",
        Path = "/v1/chat/completions",
        Protocol = "HTTP/1.1",
        StatusCode = 503,
        ErrorType = "proxy",
        ErrorMessage = "request to all pods failed",
        ModelName = "m",
        ModelRoute = "ns/route",
        ModelServer = "ns/server",
        SelectedPod = "pod-0",
        RequestId = "id-1",
        BackendType = "model_server",
        BackendName = "ns/server",
        UpstreamModel = "org/m",
        UpstreamStatusCode = 500,
        UpstreamAttempts = 2,
        ErrorOrigin = "router",
        Gateway = "ns/gateway",
        HttpRoute = "ns/http",
        InferencePool = "ns/pool",
        InputTokens = 7,
        OutputTokens = 3,
        TotalDuration = TimeSpan.FromMilliseconds(12.9),
        RequestDuration = TimeSpan.FromMilliseconds(1),
        UpstreamDuration = TimeSpan.FromMilliseconds(10),
    };

    [Fact]
    public void Entry_HasEveryKeyOfUpstreamInItsOrder() => Line(Full).ShouldBe("""
        {"timestamp":"2026-08-21T10:30:15.12Z","method":"POST","path":"/v1/chat/completions","protocol":"HTTP/1.1","status_code":503,
        "error":{"type":"proxy","message":"request to all pods failed"},"model_name":"m","model_route":"ns/route","model_server":"ns/server",
        "selected_pod":"pod-0","request_id":"id-1","backend_type":"model_server","backend_name":"ns/server","upstream_model":"org/m",
        "upstream_status_code":500,"upstream_attempts":2,"error_origin":"router","gateway":"ns/gateway","http_route":"ns/http",
        "inference_pool":"ns/pool","input_tokens":7,"output_tokens":3,"duration_total":12,"duration_request_processing":1,
        "duration_upstream_processing":10,"duration_response_processing":0}
        """.ReplaceLineEndings(""));

    [Fact]
    public void Text_HasTheGatewaysFieldsBetweenOriginAndTokens()
    {
        var line = new StringBuilder();
        AccessLogText.Append(Full, line);

        line.ToString().ShouldBe(
            "[2026-08-21T10:30:15.12Z] \"POST /v1/chat/completions HTTP/1.1\" 503 error=proxy:request to all pods failed model_name=m "
            + "model_route=ns/route model_server=ns/server selected_pod=pod-0 request_id=id-1 backend_type=model_server backend_name=ns/server "
            + "upstream_model=org/m upstream_status_code=500 upstream_attempts=2 error_origin=router gateway=ns/gateway http_route=ns/http "
            + "inference_pool=ns/pool tokens=7/3 timings=12ms(1+10+0)");
    }

    [Fact]
    public void EmptyValues_AreAbsent_ButTheModel() => Line(new AccessLogEntry { Timestamp = Full.Timestamp, Method = "GET", StatusCode = 404 }).ShouldBe(
        """{"timestamp":"2026-08-21T10:30:15.12Z","method":"GET","status_code":404,"model_name":"","duration_total":0,"duration_request_processing":0,"duration_upstream_processing":0,"duration_response_processing":0}""");

    [Theory]
    [InlineData("a\nb\"c\\d\u2028e\0f")]
    [InlineData("<script>&'é漢😀")]
    public void Value_IsEscaped_AndReadsBack(string model)
    {
        string line = Line(Full with { ModelName = model, ErrorMessage = model });

        line.ShouldNotContain('\n');
        JsonElement entry = JsonDocument.Parse(line).RootElement;
        entry.GetProperty("model_name").GetString().ShouldBe(model);
        entry.GetProperty("error").GetProperty("message").GetString().ShouldBe(model);
    }

    [Fact]
    public void HalfASurrogatePair_BecomesTheReplacementCharacter() =>
        JsonDocument.Parse(Line(Full with { ModelName = "a\ud800b" })).RootElement.GetProperty("model_name").GetString().ShouldBe("a\ufffdb");

    private static string Line(AccessLogEntry entry)
    {
        var line = new StringBuilder();
        AccessLogJson.Append(entry, line);
        return line.ToString();
    }
}
