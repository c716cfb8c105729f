using System.Collections.Immutable;
using Kthena.Contracts.Routing;
using Kthena.Model;
using Kthena.Model.Routing;
using Kthena.Model.Resources;
using Kthena.Router.Picking;
using Kthena.Router.Tables;
using Kthena.Routing.Matching;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Router.Tests.Tables;

public sealed class PrefixResyncTests
{
    [Fact]
    public async Task NewLifeThatCannotBeTold_IsToldAllTheNextTime_AndOnce()
    {
        var cache = new ForgetfulCache { FailsAtBatch = 2 };
        LiveServer server = Server(cache);
        for (byte prompt = 1; prompt <= 3; prompt++)
            server.Cache.Remember(new PrefixRecord("pod", new byte[] { prompt, 0, 0, 0, 0, 0, 0, 0 }));
        var options = new RouterOptions { RecordBatchMax = 1 };
        var resync = new PrefixResync(
            new SnapshotFollower(null!, options, TimeProvider.System, NullLogger<SnapshotFollower>.Instance), options, TimeProvider.System, NullLogger<PrefixResync>.Instance);

        await resync.AskAsync(server);
        cache.Told.ShouldBe([1]);
        await resync.AskAsync(server);
        cache.Told.ShouldBe([1, 1, 2, 3]);
        await resync.AskAsync(server);
        cache.Told.Count.ShouldBe(4);

        cache.Epoch++;
        await resync.AskAsync(server);
        cache.Told.Count.ShouldBe(7);
    }

    private static LiveServer Server(IPrefixCacheGrain cache) => LiveTable.Empty.Next(
        new RoutingSnapshot
        {
            Version = 1,
            Servers =
            [
                new RoutedServer
                {
                    Key = new NamespacedName("default", "server"),
                    Spec = new ModelServerSpec(),
                    Endpoints = [new EngineEndpoint { Pod = new NamespacedName("default", "pod"), Uid = "pod", Address = "10.0.0.1", Port = 1 }],
                },
            ],
        },
        sharesNames: false,
        static () => new PromptMemory(1 << 16),
        _ => new PrefixCacheLink(() => cache, 1 << 16, TimeProvider.System)).Servers.Single();

    /// <summary>Takes records, but for one batch that never leaves the router.</summary>
    private sealed class ForgetfulCache : IPrefixCacheGrain
    {
        private int _batches;

        public long Epoch { get; set; } = 1;

        public int FailsAtBatch { get; init; }

        public List<int> Told { get; } = [];

        public Task<PrefixMatches> MatchAsync(ReadOnlyMemory<byte> blocks) => Task.FromResult(PrefixMatches.None with { Epoch = Epoch });

        public Task RecordAsync(ImmutableArray<PrefixRecord> records)
        {
            if (++_batches == FailsAtBatch)
                throw new TimeoutException("No gateway is there.");
            Told.AddRange(records.Select(static record => (int)record.Blocks.Span[0]));
            return Task.CompletedTask;
        }

        public Task RetainAsync(ImmutableArray<string> liveEndpointUids) => throw new NotSupportedException();
    }
}
