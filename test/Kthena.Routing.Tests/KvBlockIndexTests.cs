using Kthena.Routing.KvIndex;

namespace Kthena.Routing.Tests;

public sealed class KvBlockIndexTests
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 64)]
    [InlineData(3, 200)]
    [InlineData(4, 1000)]
    public void RandomHistory_WithRoomForAll_AnswersAsANaiveModel(int seed, int endpoints)
    {
        var random = new Random(seed);
        var index = new KvBlockIndex(16 * 1024 * 1024);
        var model = new HashSet<(int Endpoint, ulong Block)>();
        ulong[][] chains = [.. Enumerable.Range(0, 60).Select(_ => Chain(random))];
        int[] matched = new int[endpoints];
        for (int step = 0; step < 1500; step++)
        {
            int endpoint = random.Next(endpoints);
            ulong[] chain = chains[random.Next(chains.Length)];
            if (random.Next(30) == 0)
            {
                index.Remove(endpoint);
                model.RemoveWhere(pair => pair.Endpoint == endpoint);
            }
            else if (random.Next(2) == 0)
            {
                index.Record(endpoint, chain);
                model.UnionWith(chain.Select(block => (endpoint, block)));
            }
            else
            {
                int longest = index.Match(chain, matched);
                int[] expected = [.. Enumerable.Range(0, endpoints).Select(e => chain.TakeWhile(block => model.Contains((e, block))).Count())];
                matched.ShouldBe(expected, $"seed {seed}, step {step}");
                longest.ShouldBe(expected.Max(), $"seed {seed}, step {step}");
            }
        }
        index.BlockCount.ShouldBe(model.Select(static pair => pair.Block).Distinct().Count());
        for (int endpoint = 0; endpoint < endpoints; endpoint++)
            index.BlocksOf(endpoint).ShouldBe(model.Count(pair => pair.Endpoint == endpoint));
        index.Evictions.ShouldBe(0);
    }

    [Theory]
    [InlineData(5, 8)]
    [InlineData(6, 300)]
    public void Churn_UnderATightBudget_NeverExceedsIt_AndNeverInventsAMatch(int seed, int endpoints)
    {
        const long Budget = 256 * 1024;
        var random = new Random(seed);
        var index = new KvBlockIndex(Budget);
        var recorded = new HashSet<(int Endpoint, ulong Block)>();
        int[] matched = new int[endpoints];
        for (int step = 0; step < 4000; step++)
        {
            int endpoint = random.Next(endpoints);
            ulong[] chain = Chain(random);
            index.Record(endpoint, chain);
            recorded.UnionWith(chain.Select(block => (endpoint, block)));
            index.BytesReserved.ShouldBeLessThanOrEqualTo(Budget, $"seed {seed}, step {step}");
            index.Match(chain, matched);
            for (int e = 0; e < endpoints; e++)
                matched[e].ShouldBeLessThanOrEqualTo(chain.TakeWhile(block => recorded.Contains((e, block))).Count(), $"seed {seed}, step {step}");
        }
        index.Evictions.ShouldBeGreaterThan(0);
        index.BlockCount.ShouldBeGreaterThan(1000);
        for (int endpoint = 0; endpoint < endpoints; endpoint++)
            index.Remove(endpoint);
        index.BlockCount.ShouldBe(0);
    }

    [Fact]
    public void WhatWasRecordedLast_IsStillThere_WhenTheBudgetIsUsedUp()
    {
        var random = new Random(8);
        var index = new KvBlockIndex(256 * 1024);
        int[] matched = new int[4];
        for (int step = 0; step < 2000; step++)
        {
            ulong[] chain = [.. Enumerable.Range(0, 50).Select(_ => (ulong)random.NextInt64())];
            index.Record(step % 4, chain);
            index.Match(chain, matched).ShouldBe(50);
            matched[step % 4].ShouldBe(50);
        }
    }

    [Fact]
    public void OneHolder_CostsAtMost64BytesABlock_WhileGrowing()
    {
        var random = new Random(9);
        var index = new KvBlockIndex(64 * 1024 * 1024);
        for (int step = 0; step < 2000; step++)
        {
            index.Record(step % 64, [.. Enumerable.Range(0, 100).Select(_ => (ulong)random.NextInt64())]);
            if (index.BlockCount > 10_000)
                (index.BytesReserved / (double)index.BlockCount).ShouldBeLessThanOrEqualTo(64);
        }
    }

    [Fact]
    public void PrefixIndex_ForgetsWhoIsGone_AndGivesTheNumberAnew()
    {
        var index = new PrefixIndex(1 << 20);
        index.Record("a", [1, 2, 3]);
        index.Record("b", [1, 2]);

        index.Retain(["b"]);
        index.Record("c", [1]);

        index.Match([1, 2, 3]).OrderBy(static match => match.EndpointUid).Select(static match => (match.EndpointUid, match.Blocks))
            .ShouldBe([("b", 2), ("c", 1)]);
        index.EndpointCount.ShouldBe(2);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(70)]
    public void BoundPerEndpoint_IsKept_AndWhatIsUsedStays(int endpoint)
    {
        var random = new Random(11);
        var index = new KvBlockIndex(4 * 1024 * 1024) { BlocksPerEndpointMax = 500 };
        ulong[] hot = [.. Enumerable.Range(0, 50).Select(_ => (ulong)random.NextInt64())];
        int[] matched = new int[128];
        for (int step = 0; step < 500; step++)
        {
            index.Record(endpoint, hot);
            index.Record(endpoint, [.. Enumerable.Range(0, 40).Select(_ => (ulong)random.NextInt64())]);
            index.BlocksOf(endpoint).ShouldBeLessThanOrEqualTo(500);
            index.Match(hot, matched);
            matched[endpoint].ShouldBe(hot.Length, $"step {step}");
        }
        index.BlocksOf(endpoint).ShouldBeGreaterThan(400);
        index.BlockCount.ShouldBe(index.BlocksOf(endpoint));
        index.Evictions.ShouldBeGreaterThan(19_000);
    }

    [Fact]
    public void BoundPerEndpoint_BelowOnePrompt_KeepsItsBeginning()
    {
        var index = new KvBlockIndex(64 * 1024) { BlocksPerEndpointMax = 16 };
        ulong[] chain = [.. Enumerable.Range(1, 40).Select(static block => (ulong)block)];
        int[] matched = new int[1];

        index.Record(0, chain);

        index.Match(chain, matched).ShouldBe(14);
        index.BlocksOf(0).ShouldBe(14);
    }

    /// <summary>Chains from a small tree, so that they share beginnings: a block's hash tells all that is before it.</summary>
    private static ulong[] Chain(Random random)
    {
        ulong hash = 0;
        ulong[] chain = new ulong[random.Next(1, 40)];
        for (int block = 0; block < chain.Length; block++)
        {
            hash = Chance.Mix((hash * 31) + (ulong)random.Next(block < 10 ? 2 : 50) + 1);
            chain[block] = hash;
        }
        return chain;
    }
}
