using System.Text;
using Kthena.Routing.Body;
using Kthena.Routing.Prompt;

namespace Kthena.Routing.Tests;

public sealed class PromptHashTests
{
    [Theory]
    [InlineData("", 17241709254077376921)]
    [InlineData("test-model", 3725054772343846052)]
    public void XxHash64_KnownInput_GivesKnownHash(string input, ulong hash) =>
        XxHash64.Hash(Encoding.UTF8.GetBytes(input)).ShouldBe(hash);

    [Fact]
    public void UpstreamChain_PlainPrompt_IsUpstreams() =>
        PromptHasher.Hash("test-model", "Hello World"u8, PromptHashOptions.Upstream()).Hashes.ToArray().ShouldBe([1993528491812861608UL]);

    [Fact]
    public void UpstreamChain_OneUserMessage_IsUpstreams() =>
        Hash("""{"model":"test-model","messages":[{"role":"user","content":"Hello"}]}""", PromptHashOptions.Upstream())
            .Hashes.ToArray().ShouldBe([8171824750827710039UL]);

    [Fact]
    public void UpstreamChain_LongPrompt_IsUpstreams()
    {
        byte[] prompt = [.. Enumerable.Range(0, 8192).Select(static index => (byte)('a' + (index % 26)))];

        ulong[] hashes = PromptHasher.Hash("bench-model", prompt, PromptHashOptions.Upstream()).Hashes.ToArray();

        hashes.Length.ShouldBe(128);
        hashes[0].ShouldBe(2255003460060045391UL);
        hashes[1].ShouldBe(11149546857834002314UL);
        hashes[127].ShouldBe(3713727362220958295UL);
    }

    [Fact]
    public void Escapes_DoNotChangeTheHash()
    {
        string text = "a \"quoted\" line\nand \\ a tab\t, é, 😀 and more text that fills some blocks of the prompt, so that something is hashed at all";
        string plain = Body(text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\t", "\\t"));
        string escaped = Body(string.Concat(text.Select(static unit => $"\\u{(int)unit:X4}")));

        Hash(escaped).Hashes.ToArray().ShouldBe(Hash(plain).Hashes.ToArray());
        Hash(plain).Count.ShouldBe(2);

        static string Body(string content) => $$"""{"model":"m","messages":[{"role":"user","content":"{{content}}"}]}""";
    }

    [Fact]
    public void OrderOfKeys_DoesNotChangeTheHash()
    {
        string filler = new('x', 200);
        string one = $$"""{"model":"m","tools":[{"a":1}],"messages":[{"role":"user","content":[{"type":"text","text":"{{filler}}"}]}],"stream":true}""";
        string two = $$"""{"stream":true,"messages":[{"content":[{"text":"{{filler}}","type":"text"}],"role":"user"}],"tools":[{"a":1}],"model":"m"}""";

        Hash(two).Hashes.ToArray().ShouldBe(Hash(one).Hashes.ToArray());
    }

    [Fact]
    public void Tools_AreInFrontOfThePrompt() =>
        Hash(WithTools("one")).Hashes[0].ShouldNotBe(Hash(WithTools("two")).Hashes[0]);

    [Fact]
    public void Image_CountsByItsHash_NotByItsBytes()
    {
        BlockChain small = Hash(WithImage("data:AAAA"));
        BlockChain large = Hash(WithImage("data:" + new string('A', 100_000)));

        large.Count.ShouldBe(small.Count);
        large.Hashes[^1].ShouldNotBe(small.Hashes[^1]);
        large.PromptTokens.ShouldBe(small.PromptTokens);
    }

    [Fact]
    public void LongerPrompt_KeepsTheBlocksOfItsPrefix()
    {
        string prefix = string.Concat(Enumerable.Range(0, 3000).Select(static number => $"{number} "));
        BlockChain shorter = Hash(Completion(prefix));
        BlockChain longer = Hash(Completion(prefix + "and so on " + prefix));

        longer.Hashes[..shorter.Count].ToArray().ShouldBe(shorter.Hashes.ToArray());
        shorter.Count.ShouldBe(64 + ((prefix.Length - 4096) / 256));
    }

    [Fact]
    public void Index_SeparatesModels()
    {
        byte[] json = Encoding.UTF8.GetBytes(Completion(new string('x', 500)));
        var body = new RequestBody();
        BodyReader.Read(json, body);

        ulong[] one = PromptHasher.Hash(json, body, PromptHashOptions.WholePrompt, 1).Hashes.ToArray();
        ulong[] two = PromptHasher.Hash(json, body, PromptHashOptions.WholePrompt, 2).Hashes.ToArray();

        one.Intersect(two).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("abcd", 1)]
    [InlineData("abcde", 2)]
    [InlineData("éééé", 1)]
    [InlineData("😀😀😀😀😀", 2)]
    public void PromptTokens_AreAQuarterOfTheCodePoints(string prompt, int tokens) => Hash(Completion(prompt)).PromptTokens.ShouldBe(tokens);

    [Fact]
    public void PiecesOfAnySize_GiveOneHash()
    {
        byte[] prompt = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 2000).Select(static number => $"{number}é ")));
        ulong[] whole = PromptHasher.Hash("m", prompt, PromptHashOptions.WholePrompt).Hashes.ToArray();
        var random = new Random(7);
        for (int round = 0; round < 50; round++)
        {
            var hasher = new BlockHasher(PromptHashOptions.WholePrompt, BlockHasher.StartOf(PromptHashOptions.WholePrompt, default), new byte[4096]);
            for (int at = 0; at < prompt.Length;)
            {
                int piece = Math.Min(random.Next(0, 700), prompt.Length - at);
                hasher.Append(prompt.AsSpan(at, piece));
                at += piece;
            }
            BlockChain chain = hasher.Finish(0);
            chain.Hashes.ToArray().ShouldBe(whole);
            chain.PromptTokens.ShouldBe((Encoding.UTF8.GetString(prompt).EnumerateRunes().Count() + 3) / 4);
        }
    }

    private static string WithTools(string tool) =>
        $$"""{"model":"m","tools":[{"name":"{{tool}}"}],"messages":[{"role":"user","content":"{{new string('x', 200)}}"}]}""";

    private static string WithImage(string url) =>
        $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"detail":"low","url":"{{{url}}}"}},{"type":"text","text":"{{{new string('x', 200)}}}"}]}]}""";

    private static string Completion(string prompt) => $$"""{"model":"m","prompt":"{{prompt}}"}""";

    private static BlockChain Hash(string json, PromptHashOptions? options = null)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        var body = new RequestBody();
        BodyReader.Read(bytes, body).ShouldBe(BodyFault.None);
        return PromptHasher.Hash(bytes, body, options ?? PromptHashOptions.WholePrompt);
    }
}
