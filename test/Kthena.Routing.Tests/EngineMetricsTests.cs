using System.Globalization;
using System.Text;
using Kthena.Routing.Engines;

namespace Kthena.Routing.Tests;

public sealed class EngineMetricsTests
{
    [Fact]
    public void Vllm_NewNames()
    {
        EngineMetrics metrics = Read("""
            # HELP vllm:num_requests_waiting Number of requests waiting to be processed.
            # TYPE vllm:num_requests_waiting gauge
            vllm:num_requests_waiting{engine="0",model_name="a } b 7"} 3.0
            vllm:num_requests_running{engine="0",model_name="m"} 12.0
            vllm:num_requests_waiting_by_reason{reason="capacity"} 99.0
            vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
            vllm:time_to_first_token_seconds_bucket{le="0.001",model_name="m"} 4.0
            vllm:time_to_first_token_seconds_sum{model_name="m"} 1.5e+01
            vllm:time_to_first_token_seconds_count{model_name="m"} 30.0
            vllm:inter_token_latency_seconds_sum{model_name="m"} 6.0
            vllm:inter_token_latency_seconds_count{model_name="m"} 300.0
            """);

        metrics.ShouldBe(new EngineMetrics
        {
            IsEngine = true,
            Waiting = 3,
            Running = 12,
            KvUsage = 0.25,
            FirstToken = new(15, 30),
            NextToken = new(6, 300),
        });
    }

    [Fact]
    public void Vllm_OldNames()
    {
        EngineMetrics metrics = Read("""
            vllm:gpu_cache_usage_perc{model_name="m"} 0.5
            vllm:time_per_output_token_seconds_sum{model_name="m"} 2
            vllm:time_per_output_token_seconds_count{model_name="m"} 20
            """);

        metrics.KvUsage.ShouldBe(0.5);
        metrics.NextToken.ShouldBe(new(2, 20));
    }

    [Fact]
    public void Vllm_BothNames_CountOnce()
    {
        EngineMetrics metrics = Read("""
            vllm:time_per_output_token_seconds_sum 2
            vllm:time_per_output_token_seconds_count 20
            vllm:inter_token_latency_seconds_sum 2
            vllm:inter_token_latency_seconds_count 20
            """);

        metrics.NextToken.ShouldBe(new(2, 20));
    }

    [Fact]
    public void SeveralParts_AreAddedUp_AndTheFullestCacheCounts()
    {
        EngineMetrics metrics = Read("""
            vllm:num_requests_waiting{engine="0"} 3
            vllm:num_requests_waiting{engine="1"} 4
            vllm:kv_cache_usage_perc{engine="0"} 0.9
            vllm:kv_cache_usage_perc{engine="1"} 0.1
            """);

        metrics.Waiting.ShouldBe(7);
        metrics.KvUsage.ShouldBe(0.9);
    }

    [Fact]
    public void Bug812_Sglang()
    {
        EngineMetrics metrics = Read("""
            sglang:num_running_reqs{model_name="m"} 5.0
            sglang:num_queue_reqs{model_name="m"} 2.0
            sglang:token_usage{model_name="m"} 0.75
            sglang:time_to_first_token_seconds_sum{model_name="m"} 3.0
            sglang:time_to_first_token_seconds_count{model_name="m"} 6.0
            sglang:inter_token_latency_seconds_sum{model_name="m"} 1.0
            sglang:inter_token_latency_seconds_count{model_name="m"} 50.0
            """);

        metrics.ShouldBe(new EngineMetrics
        {
            IsEngine = true,
            Waiting = 2,
            Running = 5,
            KvUsage = 0.75,
            FirstToken = new(3, 6),
            NextToken = new(1, 50),
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>not found</html>")]
    [InlineData("vllm:")]
    [InlineData("vllm:num_requests_waiting")]
    [InlineData("vllm:num_requests_waiting{")]
    [InlineData("vllm:num_requests_waiting{a=\"b\"} NaN")]
    [InlineData("vllm:num_requests_waiting +Inf")]
    [InlineData("vllm:time_to_first_token_seconds_")]
    [InlineData("sglang:\n\n\nsglang:t")]
    [InlineData("process_cpu_seconds_total 4")]
    public void OtherText_IsNoEngine(string text) => Read(text).ShouldBe(default);

    [Fact]
    public void Reading_OfMutatedText_NeverThrows()
    {
        var random = new Random(11);
        byte[] text = Encoding.UTF8.GetBytes("vllm:num_requests_waiting{engine=\"0\"} 3.0\nvllm:time_to_first_token_seconds_sum{m=\"m\"} 1.5e+01\n");
        for (int round = 0; round < 20_000; round++)
        {
            byte[] mutated = [.. text];
            for (int change = random.Next(6); change >= 0; change--)
                mutated[random.Next(mutated.Length)] = (byte)random.Next(32, 127);
            EngineMetrics metrics = EngineMetricsReader.Read(mutated.AsSpan(random.Next(mutated.Length)));
            double.IsFinite(metrics.Waiting + metrics.FirstToken.Sum).ShouldBeTrue();
        }
    }

    [Fact]
    public void Reading_AllocatesNothing()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(static le =>
            string.Create(CultureInfo.InvariantCulture, $"vllm:time_to_first_token_seconds_bucket{{le=\"{le}\",model_name=\"m\"}} {le}.0\n"))));
        EngineMetricsReader.Read(text);

        // The runtime may compile a method anew in between, on this thread's account.
        Enumerable.Range(0, 5).Min(_ => AllocatedBy(100)).ShouldBe(0);

        long AllocatedBy(int rounds)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int round = 0; round < rounds; round++)
                EngineMetricsReader.Read(text);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Latency_IsTheMeanSinceTheLastScrape()
    {
        LatencyMean mean = LatencyMean.None.Next(new(100, 1000));
        mean.Seconds.ShouldBe(0, "what was before is not of late");
        mean = mean.Next(new(101, 1002));
        mean.Seconds.ShouldBe(0.5);
        mean = mean.Next(new(101, 1002));
        mean.Seconds.ShouldBe(0.5, "no new request says nothing new");
    }

    [Fact]
    public void Bug1486_EngineBeganAnew_CountsFromItsBeginning() =>
        LatencyMean.None.Next(new(100, 1000)).Next(new(1, 10)).Seconds.ShouldBe(0.1);

    [Fact]
    public void Models_AreTheIds()
    {
        EngineModelsReader.Read("""{"object":"list","data":[{"id":"tiny"},{"id":"my-lora","parent":"tiny"},{"x":1},7]}"""u8.ToArray())
            .ShouldNotBeNull().ShouldBe(["my-lora", "tiny"]);
        EngineModelsReader.Read("""{"data":[{"id":"\ud800"}]}"""u8.ToArray()).ShouldBeNull();
        EngineModelsReader.Read("<html>"u8.ToArray()).ShouldBeNull();
        EngineModelsReader.Read("""{"data":5}"""u8.ToArray()).ShouldBeNull();
    }

    private static EngineMetrics Read(string text) => EngineMetricsReader.Read(Encoding.UTF8.GetBytes(text));
}
