using System.Net;
using System.Text.Json;
using Kthena.Router.Scheduling;
using Kthena.Routing.Prompt;
using Kthena.Routing.Scheduling;

namespace Kthena.Router.Tests.Scheduling;

public sealed class SchedulerFileTests : IDisposable
{
    private const string Upstream = """
        scheduler:
          pluginConfig:
          - name: least-request
            args:
              maxWaitingRequests: 10
          - name: least-latency
            args:
              TTFTTPOTWeightFactor: 0.5
          - name: prefix-cache
            args:
              blockSizeToHash: 64
              maxBlocksToMatch: 128
              maxHashCacheSize: 50000
              topKMatches: 5
          plugins:
            Filter:
              enabled:
              - least-request
              disabled:
              - lora-affinity
            Score:
              enabled:
              - name: least-request
                weight: 1
              - name: gpu-usage
                weight: 1
              - name: least-latency
                weight: 1
              - name: prefix-cache
                weight: 1
        """;

    private const string PrefixAlone = """
        scheduler: {plugins: {Score: {enabled: [{name: prefix-cache, weight: 1}]}}}
        """;

    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("kthena-router-").FullName, "routerConfiguration.yaml");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Fact]
    public async Task UpstreamsFile_IsWhatRequestsAreScheduledBy()
    {
        await File.WriteAllTextAsync(_path, Upstream);
        await using Gateway gateway = await Gateway.StartAsync(engines: 2, configure: WithFile);

        PickRecord pick = await PickAsync(gateway);

        pick.Profile.Scorers.Select(static weighted => weighted.Scorer.Name).ShouldBe(["least-request", "gpu-usage", "least-latency", "prefix-cache"]);
        pick.Profile.Filters.Select(static filter => filter.Name).ShouldContain("least-request");
        // Upstream's cut: the prompt's short end is a block too.
        pick.PromptBlocks.ShouldBe(PromptBlocksOf(PromptHashOptions.Upstream()));
    }

    [Fact]
    public async Task BadFile_KeepsTheRouterFromStarting_AndEveryErrorIsTold()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        await File.WriteAllTextAsync(_path, """
            scheduler:
              plugins:
                Filter: {enabled: [nobody]}
                Score: {enabled: [{name: prefix-cache, weight: .nan}]}
            auth: {issuer: x, jwksUri: "https://keys"}
            """);

        ArgumentException refused = await Should.ThrowAsync<ArgumentException>(
            () => gateway.AddRouterAsync(options => WithFile(options) with { BodyBytesMax = 0 }));

        refused.Message.ShouldContain("BodyBytesMax must be");
        refused.Message.ShouldContain($"{_path}: auth.jwksUri asks for the check of tokens");
        refused.Message.ShouldContain("scheduler.plugins.Filter.enabled[0] is an unknown filter 'nobody'");
        refused.Message.ShouldContain("scheduler.plugins.Score.enabled[0].weight must be a finite number");
    }

    [Theory]
    [InlineData("a: &x [1]\nb: *x", "has an alias at line 2")]
    [InlineData("a: 1\na: 2", "has 'a' twice, again at line 2")]
    [InlineData("a: [1", "is not YAML at line")]
    [InlineData("a: 1\n---\nb: 2", "must be one document")]
    [InlineData("[[1]]: 2", "has a key at line 1 that is no text")]
    [InlineData("# nothing", "must be an object")]
    public async Task MalformedFile_IsRefusedWithItsPlace(string yaml, string fault)
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        await File.WriteAllTextAsync(_path, yaml);

        (await Should.ThrowAsync<ArgumentException>(() => gateway.AddRouterAsync(WithFile))).Message.ShouldContain(fault);
    }

    [Fact]
    public async Task MissingFile_IsRefused()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);

        (await Should.ThrowAsync<ArgumentException>(() => gateway.AddRouterAsync(WithFile))).Message.ShouldContain("The file cannot be read");
    }

    [Fact]
    public async Task ChangedFile_IsTaken_AndOlderPicksReplayByWhatTheyWereMadeBy()
    {
        await File.WriteAllTextAsync(_path, Upstream);
        await using Gateway gateway = await Gateway.StartAsync(engines: 3, configure: WithFile);
        PickRecord before = await PickAsync(gateway);

        await File.WriteAllTextAsync(_path, PrefixAlone);
        PickRecord after = await PickUntilAsync(gateway, pick => pick.Profile != before.Profile);

        after.Profile.Scorers.ShouldHaveSingleItem().Scorer.Name.ShouldBe("prefix-cache");
        after.Profile.Name.ShouldNotBe(before.Profile.Name);
        after.PromptBlocks.ShouldBe(PromptBlocksOf(PromptHashOptions.WholePrompt));
        using HttpClient client = Gateway.ClientOf(gateway.Router.DebugAddress);
        JsonElement picks = JsonDocument.Parse(await client.GetStringAsync("/debug/explain?n=1000")).RootElement.GetProperty("picks");
        picks.EnumerateArray().Select(static pick => pick.GetProperty("profile").GetString()).ShouldContain(before.Profile.Name);
        picks.EnumerateArray().ShouldAllBe(static pick => pick.GetProperty("replay").GetProperty("is_same").GetBoolean());
        (await gateway.MetricsAsync()).ShouldContain("kthena_router_scheduler_config_reloads_total{result=\"succeeded\"} 1\n");
    }

    [Fact]
    public async Task BadReload_KeepsTheLastGoodFile_AndIsCounted()
    {
        await File.WriteAllTextAsync(_path, Upstream);
        await using Gateway gateway = await Gateway.StartAsync(engines: 2, configure: WithFile);
        PickRecord before = await PickAsync(gateway);

        await File.WriteAllTextAsync(_path, "scheduler: {plugins: {Filter: {enabled: [nobody]}}}");
        await gateway.UntilMetricAsync("kthena_router_scheduler_config_reloads_total{result=\"failed\"} 1\n");

        (await PickAsync(gateway)).Profile.ShouldBe(before.Profile);
        (await gateway.MetricsAsync()).ShouldContain("kthena_router_scheduler_config_good 0\n");
        await File.WriteAllTextAsync(_path, PrefixAlone);
        await gateway.UntilMetricAsync("kthena_router_scheduler_config_good 1\n");
        (await PickAsync(gateway)).Profile.Scorers.ShouldHaveSingleItem();
    }

    [Fact]
    public void Scalars_GetTheTypeThatTheyLookLike() =>
        YamlJson.Read("""{a: 1, b: 0x10, c: .5, d: 1e3, e: "1", f: true, g: ~, h: .nan, i: x1, j: -7, k: 1_0}""").GetRawText().ShouldBe(
            """{"a":1,"b":16,"c":0.5,"d":1000,"e":"1","f":true,"g":null,"h":".nan","i":"x1","j":-7,"k":"1_0"}""");

    [Fact]
    public void EmptyFile_IsNull() => YamlJson.Read("# nothing\n").ValueKind.ShouldBe(JsonValueKind.Null);

    private RouterOptions WithFile(RouterOptions options) =>
        options with { SchedulerFilePath = _path, SchedulerFileCheckInterval = TimeSpan.FromMilliseconds(10) };

    private static int PromptBlocksOf(PromptHashOptions hash) =>
        PromptHasher.Hash(Gateway.Model, new byte["<|im_start|>user\n".Length + 1000 + "<|im_end|>\n".Length], hash).Count;

    private static async Task<PickRecord> PickAsync(Gateway gateway)
    {
        (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat(new string('p', 1000)))).EnsureSuccessStatusCode();
        return gateway.Router.Picks.Latest(1).ShouldHaveSingleItem();
    }

    private static async Task<PickRecord> PickUntilAsync(Gateway gateway, Func<PickRecord, bool> isMeant)
    {
        using var limit = new CancellationTokenSource(Gateway.Patience);
        while (true)
        {
            if (await PickAsync(gateway) is { } pick && isMeant(pick))
                return pick;
            limit.Token.ThrowIfCancellationRequested();
        }
    }
}
