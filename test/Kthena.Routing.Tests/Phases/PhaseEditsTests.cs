using System.Text;
using System.Text.Json.Nodes;
using Kthena.Routing.Body;
using Kthena.Routing.Phases;

namespace Kthena.Routing.Tests.Phases;

public sealed class PhaseEditsTests
{
    private static readonly KvMeeting Meeting = new("10.0.0.1", long.MaxValue);

    [Theory]
    [InlineData("""{"model":"m","prompt":"p"}""", """{"max_tokens":1,"model":"m","prompt":"p"}""")]
    [InlineData("""{"model":"m","prompt":"p","max_tokens":7}""", """{"model":"m","prompt":"p","max_tokens":1}""")]
    [InlineData("""{"model":"m","prompt":"p","max_tokens":null}""", """{"model":"m","prompt":"p","max_tokens":1}""")]
    [InlineData("""{"model":"m","prompt":"p","max_\u0074okens":7}""", """{"model":"m","prompt":"p","max_\u0074okens":1}""")]
    [InlineData("""{"model":"m","prompt":"p","max_completion_tokens":7}""", """{"max_tokens":1,"model":"m","prompt":"p","max_completion_tokens":1}""")]
    [InlineData("""{"model":"m","prompt":"p","max_completion_tokens":null}""", """{"max_tokens":1,"model":"m","prompt":"p","max_completion_tokens":null}""")]
    [InlineData("""{"model":"m","stream":true,"prompt":"p","max_tokens":2,"stream":true}""", """{"model":"m","stream":true,"prompt":"p","max_tokens":1,"stream":false}""")]
    [InlineData("""{"model":"m","prompt":"p","max_tokens":2,"x":{"max_tokens":5,"stream":true}}""", """{"model":"m","prompt":"p","max_tokens":1,"x":{"max_tokens":5,"stream":true}}""")]
    [InlineData(""" { "max_tokens" : 2 , "model":"m" , "prompt":"p" } """, """ { "max_tokens" : 1 , "model":"m" , "prompt":"p" } """)]
    public void Prefill_AsksForOneToken_AndChangesNothingElse(string body, string wanted) =>
        Prefill(body, "/v1/completions", KvHandover.Store).ShouldBe(wanted);

    [Fact]
    public void Weakness15_MinTokens_AreLowered() =>
        Prefill("""{"model":"m","prompt":"p","max_tokens":2,"min_tokens":2}""", "/v1/completions", KvHandover.Store)
            .ShouldBe("""{"model":"m","prompt":"p","max_tokens":1,"min_tokens":1}""");

    [Fact]
    public void Responses_HaveTheirOwnWordForTheMostTokens() =>
        Prefill("""{"model":"m","input":"p","max_output_tokens":100}""", "/v1/responses", KvHandover.Store)
            .ShouldBe("""{"model":"m","input":"p","max_output_tokens":1}""");

    [Fact]
    public void Model_IsRenamedInBothPhases()
    {
        Prefill("""{"model":"m","prompt":"p","max_tokens":2}""", "/v1/completions", KvHandover.Store, "org/M").ShouldContain("\"model\":\"org/M\"");
        Decode("""{"model":"m","prompt":"p","max_tokens":2}""", KvHandover.Store, "", "org/M").ShouldBe("""{"model":"org/M","prompt":"p","max_tokens":2}""");
    }

    [Fact]
    public void TransferParams_OfTheClient_GiveWay()
    {
        const string Body = """{"model":"m","prompt":"p","max_tokens":2,"kv_transfer_params":{"remote_host":"elsewhere"}}""";

        Prefill(Body, "/v1/completions", KvHandover.TransferParams)
            .ShouldBe("""{"model":"m","prompt":"p","max_tokens":1,"kv_transfer_params":{"do_remote_decode":true,"do_remote_prefill":false}}""");
        Decode(Body, KvHandover.TransferParams, """{"a":1}""").ShouldBe("""{"model":"m","prompt":"p","max_tokens":2,"kv_transfer_params":{"a":1}}""");
        Decode(Body, KvHandover.TransferParams, "").ShouldBe("""{"model":"m","prompt":"p","max_tokens":2,"kv_transfer_params":null}""");
    }

    [Fact]
    public void Bootstrap_TellsBothWhereToMeet()
    {
        const string Wanted = "\"bootstrap_host\":\"10.0.0.1\",\"bootstrap_room\":9223372036854775807,";

        Prefill("""{"model":"m","prompt":"p"}""", "/v1/completions", KvHandover.Bootstrap).ShouldBe("{\"max_tokens\":1," + Wanted + "\"model\":\"m\",\"prompt\":\"p\"}");
        Decode("""{"model":"m","prompt":"p"}""", KvHandover.Bootstrap, "").ShouldBe("{" + Wanted + "\"model\":\"m\",\"prompt\":\"p\"}");
    }

    [Fact]
    public void Usage_IsAskedForWhereDecodeStreams()
    {
        JsonNode decode = JsonNode.Parse(Decode("""{"model":"m","prompt":"p","stream":true,"stream_options":{"x":1}}""", KvHandover.Bootstrap, "", "M", asksUsage: true))!;

        decode["stream_options"]!.ToJsonString().ShouldBe("""{"include_usage":true,"x":1}""");
        decode["model"]!.GetValue<string>().ShouldBe("M");
        decode["bootstrap_room"]!.GetValue<long>().ShouldBe(long.MaxValue);
    }

    [Theory]
    [InlineData("""{"choices":[{"kv_transfer_params":1}],"kv_transfer_params":{"x":[1,2]}}""", """{"x":[1,2]}""")]
    [InlineData("""{"kv_transfer_params":{"a":1},"kv_transfer_params":{"b":1}}""", """{"b":1}""")]
    [InlineData("""{"kv_transfer_params":null}""", null)]
    [InlineData("""{"x":"kv_transfer_params"}""", null)]
    [InlineData("""{"kv_transfer_params":{"a":1}""", null)]
    [InlineData("[1]", null)]
    [InlineData("", null)]
    public void TransferParams_AreFoundAtTheTop(string answer, string? wanted)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(answer);
        TextSpan found = PhaseEdits.TransferParams(bytes);

        (found.Exists ? Encoding.UTF8.GetString(found.In(bytes)) : null).ShouldBe(wanted);
    }

    private static string Prefill(string json, string path, KvHandover handover, string model = "")
    {
        (byte[] bytes, RequestBody body) = Read(json);
        return Apply(bytes, PhaseEdits.Prefill(bytes, body, Encoding.UTF8.GetBytes(model), path, handover, Meeting));
    }

    private static string Decode(string json, KvHandover handover, string parameters, string model = "", bool asksUsage = false)
    {
        (byte[] bytes, RequestBody body) = Read(json);
        return Apply(bytes, PhaseEdits.Decode(bytes, body, Encoding.UTF8.GetBytes(model), asksUsage, handover, Encoding.UTF8.GetBytes(parameters), Meeting));
    }

    private static (byte[] Bytes, RequestBody Body) Read(string json)
    {
        var body = new RequestBody();
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        BodyReader.Read(bytes, body).ShouldBe(BodyFault.None);
        return (bytes, body);
    }

    private static string Apply(byte[] json, BodyEdits edits)
    {
        byte[] edited = new byte[json.Length + edits.Growth];
        edits.Apply(json, edited);
        return Encoding.UTF8.GetString(edited);
    }
}
