using System.Buffers;
using System.Text;
using Kthena.Routing.Accounting;

namespace Kthena.Routing.Tests;

public sealed class AccountingTests
{
    private const string Usage = """{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"details":{"cached_tokens":1}}""";

    [Theory]
    [InlineData($$"""{"choices":[],"usage":{{Usage}}}""", 5, 2)]
    [InlineData($$"""{"usage" : {{Usage}},"x":"\"usage\":{\"prompt_tokens\":9}"}""", 5, 2)]
    [InlineData("""{"output":[],"usage":{"input_tokens":8,"output_tokens":3}}""", 8, 3)]
    [InlineData("""{"usage":{"input_tokens":8,"cache_read_input_tokens":4,"output_tokens":3}}""", 12, 3)]
    [InlineData("""{"usage":null}""", 0, 0)]
    [InlineData("""{"usage":{"prompt_tokens":"x"}}""", 0, 0)]
    [InlineData("", 0, 0)]
    public void Tail_OfAJsonAnswer_TellsUsage(string answer, long input, long output)
    {
        foreach (int piece in new[] { 1, 7, 100_000 })
        {
            var tail = new UsageTail();
            foreach (byte[] bytes in Pieces(new string(' ', 20_000) + answer, piece))
                tail.Observe(bytes);
            tail.Read().ShouldBe(new TokenUsage(input, output), $"pieces of {piece}");
        }
    }

    [Theory]
    [InlineData("data: {\"choices\":[1]}\n\ndata: {\"choices\":[],\"usage\":U}\n\ndata: [DONE]\n\n", "data: {\"choices\":[1]}\n\ndata: [DONE]\n\n")]
    [InlineData("data: {\"choices\":[1],\"usage\":U}\r\n\r\n", "data: {\"choices\":[1],\"usage\":U}\r\n\r\n")]
    [InlineData("data: {\"choices\":[1],\"usage\":null}\n\ndata: {\"choices\":[ ],\"usage\":U}\n\n", "data: {\"choices\":[1],\"usage\":null}\n\n")]
    [InlineData("event: x\nid: 1\ndata: {\"choices\":[],\"usage\":U}\n", "event: x\nid: 1\n")]
    [InlineData("data: {\"choices\":[],\"usage\":U}", "")]
    public void Stream_WithholdsTheEventThatOnlyTellsUsage(string stream, string expected)
    {
        stream = stream.Replace("U", Usage, StringComparison.Ordinal);
        foreach (int piece in new[] { 1, 3, 17, 100_000 })
        {
            var usage = new SseUsage(withholdsUsage: true);
            var output = new ArrayBufferWriter<byte>();
            foreach (byte[] bytes in Pieces(stream, piece))
                usage.Pass(bytes, output);
            usage.Finish(output);
            Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(expected.Replace("U", Usage, StringComparison.Ordinal), $"pieces of {piece}");
            usage.Usage.ShouldBe(new TokenUsage(5, 2), $"pieces of {piece}");
        }
    }

    [Theory]
    [InlineData("data: {\"type\":\"response.completed\",\"response\":{\"id\":1,\"usage\":{\"input_tokens\":9,\"output_tokens\":4}}}\n\n", 9, 4)]
    [InlineData("data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":6}}\n\n", 9, 6)]
    public void Stream_OfOtherStyles_TellsUsage_AndPassesWhole(string stream, long input, long output)
    {
        var usage = new SseUsage(withholdsUsage: false);
        foreach (byte[] bytes in Pieces(stream, 5))
            usage.Pass(bytes, null);
        usage.Finish(null);
        usage.Usage.ShouldBe(new TokenUsage(input, output));
    }

    [Fact]
    public void Stream_OverlongLine_PassesUnread()
    {
        string line = "data: " + new string('x', SseUsage.LineBytesMax + 10) + "\n";
        var usage = new SseUsage(withholdsUsage: true);
        var output = new ArrayBufferWriter<byte>();
        foreach (byte[] bytes in Pieces(line + "data: 1\n", 1000))
            usage.Pass(bytes, output);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(line + "data: 1\n");
    }

    [Fact]
    public void AccessLog_ParsesFailed_HasWhatIsKnown()
    {
        var line = new StringBuilder();
        AccessLogText.Append(
            new AccessLogEntry
            {
                Timestamp = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.FromHours(2)).AddTicks(1_200_000),
                Method = "POST",
                Path = "/v1/x\" y",
                Protocol = "HTTP/1.1",
                StatusCode = 400,
                ErrorType = "request_parsing",
                ErrorMessage = "bad\nthing",
                RequestId = "id",
                ErrorOrigin = "router",
                TotalDuration = TimeSpan.FromMilliseconds(3.9),
                RequestDuration = TimeSpan.FromMilliseconds(3.9),
            },
            line);
        line.ToString().ShouldBe(
            "[2026-03-04T03:06:07.12Z] \"POST /v1/x\\\"\\u0020y HTTP/1.1\" 400 error=request_parsing:bad\\nthing model_name= request_id=id error_origin=router timings=3ms(3+0+0)");
    }

    [Fact]
    public void AccessLog_ErrorMessage_CannotForgeAField()
    {
        var line = new StringBuilder();

        AccessLogText.Append(
            new AccessLogEntry { ErrorType = "route_not_found", ErrorMessage = "no route serves model 'x status=200 model_name=y'", ModelName = "x" }, line);

        line.ToString().ShouldContain(" error=route_not_found:no route serves model 'x status\\u003d200 model_name\\u003dy' model_name=x ");
    }

    private static IEnumerable<byte[]> Pieces(string text, int size) => Encoding.UTF8.GetBytes(text).Chunk(size);
}
