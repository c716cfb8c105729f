using System.Text.Json;
using Kthena.Routing.Prompt;
using Kthena.Routing.Scheduling;
using Kthena.Routing.Scheduling.Configuration;

namespace Kthena.Routing.Tests;

public sealed class SchedulerFileTests
{
    private const string Chart = """
        {"scheduler":{
          "pluginConfig":[
            {"name":"least-request","args":{"maxWaitingRequests":10}},
            {"name":"least-latency","args":{"TTFTTPOTWeightFactor":0.5}},
            {"name":"prefix-cache","args":{"blockSizeToHash":64,"maxBlocksToMatch":128,"maxHashCacheSize":50000,"topKMatches":5}}],
          "plugins":{
            "Filter":{"enabled":["least-request"],"disabled":["lora-affinity"]},
            "Score":{"enabled":[{"name":"least-request","weight":1},{"name":"gpu-usage","weight":1},{"name":"least-latency","weight":1},{"name":"prefix-cache","weight":1}]}}},
         "auth":{"issuer":"x"}}
        """;

    [Fact]
    public void ChartDefault_IsReadAsItIs()
    {
        SchedulerSettings settings = Read(Chart).Settings.ShouldNotBeNull();

        settings.Profile.Filters.Select(static filter => filter.Name).ShouldContain("least-request");
        settings.Profile.Scorers.Select(static weighted => weighted.Scorer.Name).ShouldBe(["least-request", "gpu-usage", "least-latency", "prefix-cache"]);
        settings.Profile.Scorers.ShouldAllBe(static weighted => weighted.Weight == 1);
        settings.PromptHash.ShouldBe(PromptHashOptions.Upstream());
        settings.BlocksPerEndpointMax.ShouldBe(50_000);
        settings.Warnings.ShouldContain(static warning => warning.Contains("disabled"));
    }

    [Fact]
    public void CheckOfTokens_IsRefused_AndUnknownKeysAreTold()
    {
        Read("""{"auth":{"jwksUri":"https://keys"}}""").Errors.ShouldBe(["auth.jwksUri asks for the check of tokens, which this router does not do."]);
        Read("""{"auth":{"jwksUri":""},"schduler":{},"scheduler":{"plugins":{"filter":{}}}}""").Settings.ShouldNotBeNull().Warnings.ShouldBe(
        [
            "schduler has no effect; known are scheduler and auth.",
            "scheduler.plugins.filter has no effect; known are Filter and Score.",
        ]);
    }

    [Fact]
    public void EmptyFile_IsTheDefault()
    {
        SchedulerSettings settings = Read("{}").Settings.ShouldNotBeNull();

        settings.Profile.Scorers.ShouldBe(SchedulingProfile.Default.Scorers);
        settings.PromptHash.ShouldBe(PromptHashOptions.WholePrompt);
        settings.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public void EveryError_IsToldAtOnce_WithItsPlace()
    {
        SchedulerReading reading = Read("""
            {"scheduler":{
              "pluginConfig":[{"name":"least-latency","args":{"ttfttpotweightfactor":1.5}},{"args":{}},{"name":"prefix-cache","args":{"blockSizeToHash":3.5,"maxHashCacheSize":-1}}],
              "plugins":{"Filter":{"enabled":["lest-request",7]},"Score":{"enabled":[{"name":"prefix-cach","weight":1},{"name":"random","weight":".nan"},"x"]}}}}
            """);

        reading.Settings.ShouldBeNull();
        reading.Errors.ShouldBe(
        [
            "scheduler.pluginConfig[0].args.TTFTTPOTWeightFactor must be 0 to 1.",
            "scheduler.pluginConfig[1].name must be the name of a plugin.",
            "scheduler.pluginConfig[2].args.blockSizeToHash must be a whole number, 16 to 4096.",
            "scheduler.pluginConfig[2].args.maxHashCacheSize must be a whole number, at least 1.",
            "scheduler.plugins.Filter.enabled[0] is an unknown filter 'lest-request'; did you mean least-request.",
            "scheduler.plugins.Filter.enabled[1] must be the name of a filter.",
            "scheduler.plugins.Score.enabled[0].name is an unknown scorer 'prefix-cach'; did you mean prefix-cache.",
            "scheduler.plugins.Score.enabled[1].weight must be a finite number.",
            "scheduler.plugins.Score.enabled[2] must be an object with name and weight.",
        ]);
    }

    [Theory]
    [InlineData(".nan")]
    [InlineData(".inf")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-0.1")]
    [InlineData("1.1")]
    public void Bug1393_FactorOutOfRangeOrNotFinite_IsAnError(string factor) =>
        Read($$$"""{"scheduler":{"pluginConfig":[{"name":"least-latency","args":{"TTFTTPOTWeightFactor":"{{{factor}}}"}}]}}""")
            .Errors.ShouldHaveSingleItem();

    [Fact]
    public void Bug1095_LeastLatencyWithoutArguments_HasTheDefault() =>
        Read("""{"scheduler":{"pluginConfig":[{"name":"least-latency"}],"plugins":{"Score":{"enabled":[{"name":"least-latency","weight":2}]}}}}""")
            .Settings.ShouldNotBeNull().Profile.Scorers.ShouldHaveSingleItem().Weight.ShouldBe(2);

    [Fact]
    public void WeightBelowZeroOrAbsent_IsZero_AndSaid()
    {
        SchedulerSettings settings = Read("""{"scheduler":{"plugins":{"Score":{"enabled":[{"name":"gpu-usage","weight":-2},{"name":"least-request"}]}}}}""")
            .Settings.ShouldNotBeNull();

        settings.Profile.Scorers.ShouldAllBe(static weighted => weighted.Weight == 0);
        settings.Warnings.Length.ShouldBe(2);
    }

    [Fact]
    public void RandomBesideOthers_IsDropped()
    {
        SchedulerSettings settings = Read("""{"scheduler":{"plugins":{"Score":{"enabled":[{"name":"random","weight":1},{"name":"kvcache-aware","weight":1}]}}}}""")
            .Settings.ShouldNotBeNull();

        settings.Profile.Scorers.ShouldHaveSingleItem().Scorer.ShouldBeOfType<PrefixCacheScorer>();
        settings.Warnings.Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("""{"scheduler":[]}""")]
    [InlineData("""{"scheduler":{"plugins":{"Filter":{"enabled":{}}}}}""")]
    public void WrongShape_IsAnError(string json) => Read(json).Errors.ShouldHaveSingleItem();

    private static SchedulerReading Read(string json) => SchedulerFile.Read(JsonDocument.Parse(json).RootElement);
}
