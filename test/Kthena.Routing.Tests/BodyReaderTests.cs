using System.Text;
using System.Text.Json;
using Kthena.Routing.Body;
using Kthena.Routing.Prompt;

namespace Kthena.Routing.Tests;

public sealed class BodyReaderTests
{
    [Theory]
    [InlineData("""{"model":"m","prompt":"p"}""", BodyError.None)]
    [InlineData("""{"model":"m","prompt":["a","b"]}""", BodyError.None)]
    [InlineData("""{"model":"m","input":"p"}""", BodyError.None)]
    [InlineData("""{"model":"m","input":[{"role":"user","content":"x"}]}""", BodyError.None)]
    [InlineData("""{"model":"m","messages":[],"prompt":null}""", BodyError.None)]
    [InlineData("""{"model":"m","system":"s","messages":[{"role":"user","content":[{"type":"text","text":"x"}]}]}""", BodyError.None)]
    [InlineData("""{"model":"m"}""", BodyError.PromptMissing)]
    [InlineData("""{"model":"m","messages":"x"}""", BodyError.PromptMissing)]
    [InlineData("""{"prompt":"p"}""", BodyError.ModelMissing)]
    [InlineData("""{"model":5,"prompt":"p"}""", BodyError.ModelMissing)]
    [InlineData("""{"model":"\t \n","prompt":"p"}""", BodyError.ModelMissing)]
    [InlineData("""{"model":"m","model":null,"prompt":"p"}""", BodyError.ModelMissing)]
    [InlineData("", BodyError.InvalidJson)]
    [InlineData("[]", BodyError.InvalidJson)]
    [InlineData("""{"model":"m","prompt":"p",}""", BodyError.InvalidJson)]
    [InlineData("""{"model":"m","prompt":"p"}x""", BodyError.InvalidJson)]
    [InlineData("""{"model":"m","prompt":"\x"}""", BodyError.InvalidJson)]
    [InlineData("""{"model":"m","prompt":"p","n":01}""", BodyError.InvalidJson)]
    [InlineData("""{"model":"m","prompt":"p","n":[1,}""", BodyError.InvalidJson)]
    public void Body_IsJudged(string json, BodyError error) => Read(json, out _).Error.ShouldBe(error);

    [Fact]
    public void Nesting_IsBounded()
    {
        Read($$"""{"model":"m","prompt":"p","x":{{Nested(120)}}}""", out _).Error.ShouldBe(BodyError.None);
        Read($$"""{"model":"m","prompt":"p","x":{{Nested(100_000)}}}""", out _).Error.ShouldBe(BodyError.InvalidJson);

        static string Nested(int depth) => new string('[', depth) + new string(']', depth);
    }

    [Fact]
    public void PartsOfMessages_AreBounded()
    {
        Read(Body(RequestBody.PartsMax), out _).Error.ShouldBe(BodyError.None);
        Read(Body(RequestBody.PartsMax + 1), out _).Error.ShouldBe(BodyError.TooManyParts);

        static string Body(int parts) =>
            $$"""{"model":"m","messages":[{"role":"user","content":[{{string.Join(',', Enumerable.Repeat("1", parts))}}]}]}""";
    }

    [Fact]
    public void InvalidUtf8_IsRefused()
    {
        byte[] json = [.. "{\"model\":\"m\",\"prompt\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        BodyReader.Read(json, new RequestBody()).Error.ShouldBe(BodyError.InvalidUtf8);
    }

    [Theory]
    [InlineData("""{"model":"m","stream":true,"prompt":"p"}""", """{"stream_options":{"include_usage":true},"model":"E","stream":true,"prompt":"p"}""")]
    [InlineData("""{"stream_options":{},"model":"m","stream":true,"prompt":"p"}""", """{"stream_options":{"include_usage":true},"model":"E","stream":true,"prompt":"p"}""")]
    [InlineData("""{"stream":true,"model":"m","prompt":"p","stream_options":{"a":1}}""", """{"stream":true,"model":"E","prompt":"p","stream_options":{"include_usage":true,"a":1}}""")]
    [InlineData("""{"stream":true,"model":"m","prompt":"p","stream_options":{"include_usage":false}}""", """{"stream":true,"model":"E","prompt":"p","stream_options":{"include_usage":true}}""")]
    [InlineData("""{"stream":true,"model":"m","prompt":"p","stream_options":null}""", """{"stream":true,"model":"E","prompt":"p","stream_options":{"include_usage":true}}""")]
    [InlineData("""{"stream":true,"model":"m","prompt":"p","stream_options":{"include_usage":true}}""", """{"stream":true,"model":"E","prompt":"p","stream_options":{"include_usage":true}}""")]
    [InlineData("""{"stream":false,"model":"m","prompt":"p"}""", """{"stream":false,"model":"E","prompt":"p"}""")]
    [InlineData("""{"stream":1,"model":"E","prompt":"p"}""", """{"stream":1,"model":"E","prompt":"p"}""")]
    public void Edits_AreSpliced(string json, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        Read(json, out RequestBody body);
        BodyEdits edits = BodyEdits.Plan(bytes, body, "E"u8.ToArray(), requestUsage: true);
        byte[] edited = new byte[bytes.Length + edits.Growth];
        edits.Apply(bytes, edited);
        Encoding.UTF8.GetString(edited).ShouldBe(expected);
    }

    [Fact]
    public void MutatedBodies_AreJudgedAsAPlainParserJudgesThem()
    {
        var random = new Random(20261120);
        var body = new RequestBody();
        for (int round = TestSize.Of(full: 1_000_000, part: 20_000); round > 0; round--)
            JudgeAsThePlainParser(BodyFuzz.Next(random), body, round);
    }

    [Fact]
    public void OrderOfKeys_NeverChangesTheHash()
    {
        var random = new Random(20261121);
        var body = new RequestBody();
        int hashed = 0;
        for (int round = TestSize.Of(full: 200_000, part: 10_000); round > 0; round--)
        {
            byte[] json = BodyFuzz.Next(random, damages: false);
            if (BodyFuzz.Shuffle(random, json) is not { } shuffled || BodyReader.Read(json, body) != BodyFault.None)
                continue;
            ulong[] hashes = PromptHasher.Hash(json, body, PromptHashOptions.WholePrompt with { BlockBytes = 16, LongBlockBytes = 16 }).Hashes.ToArray();
            BodyReader.Read(shuffled, body).ShouldBe(BodyFault.None);
            PromptHasher.Hash(shuffled, body, PromptHashOptions.WholePrompt with { BlockBytes = 16, LongBlockBytes = 16 }).Hashes.ToArray()
                .ShouldBe(hashes, $"{Encoding.UTF8.GetString(json)} and {Encoding.UTF8.GetString(shuffled)}");
            hashed += hashes.Length > 0 ? 1 : 0;
        }
        hashed.ShouldBeGreaterThan(100);
    }

    private static void JudgeAsThePlainParser(byte[] json, RequestBody body, int round)
    {
        BodyFault fault = BodyReader.Read(json, body);
        string because = $"round {round}: {Encoding.UTF8.GetString(json)}";
        BodyFuzz.Expectation expected = BodyFuzz.Oracle(json);
        (fault.Error is BodyError.InvalidJson or BodyError.InvalidUtf8).ShouldBe(!expected.IsValid, because);
        if (!expected.IsValid)
            return;
        (fault.Error == BodyError.ModelMissing).ShouldBe(expected.Model is null, because);
        if (expected.Model is null)
            return;
        BodyReader.ModelName(json, body).ShouldBe(expected.Model, because);
        body.IsStreaming.ShouldBe(expected.IsStreaming, because);
        body.IncludesUsage.ShouldBe(expected.IncludesUsage, because);
        BodyFuzz.Texts(json, body).ShouldBe(expected.Texts, because);
        BodyEdits edits = BodyEdits.Plan(json, body, "edited"u8.ToArray(), requestUsage: true);
        byte[] edited = new byte[json.Length + edits.Growth];
        edits.Apply(json, edited);
        BodyFuzz.Expectation after = BodyFuzz.Oracle(edited);
        (after.Model, after.IncludesUsage || !after.IsStreaming).ShouldBe(("edited", true), because);
        after.Texts.ShouldBe(expected.Texts, because);
    }

    private static BodyFault Read(string json, out RequestBody body)
    {
        body = new RequestBody();
        return BodyReader.Read(Encoding.UTF8.GetBytes(json), body);
    }
}
