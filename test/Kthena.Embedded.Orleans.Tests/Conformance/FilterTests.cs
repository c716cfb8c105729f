using Orleans;

namespace Kthena.Conformance;

[Collection(ClusterGroup.Name)]
public sealed class FilterTests(ClusterFixture cluster)
{
    private readonly string _key = cluster.NewKey();

    [Fact]
    public async Task Filters_AreEnteredInTheirOrderAndLeftInTheReverse()
    {
        (await Grain("plain").Twice(21)).ShouldBe(42);
        Notes("plain").ShouldBe(
        [
            "first before IFiltered.Twice of filtered",
            "second before",
            "own before Twice",
            "method in context",
            "own after 42",
            "second after",
            "first after 42",
        ]);
    }

    [Fact]
    public async Task Filter_OfAMethodWithoutValue_SeesNone()
    {
        await Grain("nothing").Nothing();
        Notes("nothing").ShouldContain("first after nothing");
    }

    [Fact]
    public async Task Filter_OfAOneWayCall_IsEntered()
    {
        await Grain("tell").Tell();
        await Signals.Wait($"{_key}/tell/told");
        Notes("tell").ShouldContain("own before Tell");
    }

    [Fact]
    public async Task Filter_ThatSetsTheResult_AnswersInThePlaceOfTheMethod()
    {
        (await Grain("answer").Twice(1)).ShouldBe(100);
        Notes("answer").ShouldBe(["first before IFiltered.Twice of filtered"]);
    }

    [Fact]
    public async Task Filter_ThatNeitherGoesOnNorAnswers_FailsTheCall() =>
        await Should.ThrowAsync<InvalidOperationException>(() => Grain("drop").Twice(1));

    [Fact]
    public async Task Filter_ThatThrows_FailsTheCallWithItsException() =>
        (await Should.ThrowAsync<BoundaryException>(() => Grain("refuse").Twice(1))).Code.ShouldBe(2);

    [Fact]
    public async Task Exception_OfTheMethod_PassesTheFiltersToTheCaller()
    {
        (await Should.ThrowAsync<BoundaryException>(() => Grain("fail").Fail())).Code.ShouldBe(1);
        Notes("fail").ShouldBe(
            ["first before IFiltered.Fail of filtered", "second before", "own before Fail", "own after nothing"]);
    }

    [Fact]
    public async Task Filter_ThatCatchesAndSetsAResult_HealsTheCall() => (await Grain("heal").Fail()).ShouldBe(-1);

    [Fact]
    public async Task Filter_ThatCatchesOnly_DoesNotHideTheException() =>
        (await Should.ThrowAsync<BoundaryException>(() => Grain("swallow").Fail())).Code.ShouldBe(1);

    [Fact]
    public async Task Filter_MayGoOnAgain()
    {
        (await Should.ThrowAsync<BoundaryException>(() => Grain("again").Fail())).Code.ShouldBe(1);
        Notes("again").Count(line => line == "own before Fail").ShouldBe(2);
    }

    private IFiltered Grain(string name) => cluster.Grains.GetGrain<IFiltered>($"{_key}/{name}");

    private string[] Notes(string name) => Signals.Notes($"{_key}/{name}");
}
