using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Kthena.Silo.Measuring;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Kthena.Grains.Tests.Measuring;

public interface IMeasured : IGrainWithStringKey
{
    Task Work();

    Task Fail();
}

public sealed class MeasuredGrain : Grain, IMeasured
{
    public Task Work() => Task.CompletedTask;

    public Task Fail() => throw new ArgumentException("on purpose");
}

public sealed class GrainCallMeterTests
{
    [Fact]
    public async Task Calls_OfAGrain_AreMeasuredByMethodAndOutcome()
    {
        var seen = new ConcurrentQueue<string>();
        using var listener = Listen(seen);
        await using InProcessTestCluster cluster = await StartAsync();
        var grain = cluster.Client.GetGrain<IMeasured>("one");

        await grain.Work();
        await Should.ThrowAsync<ArgumentException>(grain.Fail);

        seen.ShouldBe(["MeasuredGrain Work ok", "MeasuredGrain Fail fault"]);
    }

    [Fact]
    public async Task Calls_WhileNobodyListens_AreOnlyPassedOn()
    {
        await using InProcessTestCluster cluster = await StartAsync();
        await cluster.Client.GetGrain<IMeasured>("two").Work();
    }

    private static MeterListener Listen(ConcurrentQueue<string> seen)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument is { Meter.Name: GrainCallInstruments.MeterName, Name: "kthena.grain.call.duration", Unit: "s" })
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            seconds.ShouldBeInRange(0, 60);
            Dictionary<string, object?> by = new(tags.ToArray());
            if (Equals(by["grain"], nameof(MeasuredGrain)))
                seen.Enqueue($"{by["grain"]} {by["method"]} {by["outcome"]}");
        });
        listener.Start();
        return listener;
    }

    private static async Task<InProcessTestCluster> StartAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo(static (_, silo) =>
        {
            silo.Services.AddSingleton(TimeProvider.System).AddSingleton<GrainCallInstruments>();
            silo.AddIncomingGrainCallFilter<GrainCallMeter>();
        });
        InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }
}
