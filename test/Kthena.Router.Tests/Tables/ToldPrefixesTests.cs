using Kthena.Router.Tables;

namespace Kthena.Router.Tests.Tables;

public sealed class ToldPrefixesTests
{
    private const long Second = 1_000;
    private static readonly ulong[] Chain = [11, 12, 13, 14, 15, 16];

    [Fact]
    public void NewPrompt_IsToldWhole() => new ToldPrefixes(Second).First(endpoint: 1, Chain, known: 0, now: 5).ShouldBe(0);

    [Fact]
    public void SamePromptAgain_IsToldOnceASecond()
    {
        var told = new ToldPrefixes(Second);
        told.First(1, Chain, 0, 0);

        told.First(1, Chain, Chain.Length, 10).ShouldBe(Chain.Length);
        told.First(1, Chain, Chain.Length, 999).ShouldBe(Chain.Length);
        told.First(1, Chain, Chain.Length, 1_000).ShouldBe(0);
        told.First(1, Chain, Chain.Length, 1_001).ShouldBe(Chain.Length);
    }

    [Fact]
    public void SharedBeginning_IsToldOnceASecond_WhatIsNewAlways()
    {
        var told = new ToldPrefixes(Second);
        told.First(1, Chain, 0, 0);

        told.First(1, [11, 12, 13, 24, 25], 3, 10).ShouldBe(0);
        told.First(1, [11, 12, 13, 34, 35], 3, 20).ShouldBe(3);
        told.First(1, [11, 12, 13, 44, 45], 3, 1_010).ShouldBe(0);
    }

    [Fact]
    public void AnotherEndpoint_IsToldByItself()
    {
        var told = new ToldPrefixes(Second);
        told.First(1, Chain, 0, 0);

        told.First(2, Chain, Chain.Length, 1).ShouldBe(0);
    }
}
