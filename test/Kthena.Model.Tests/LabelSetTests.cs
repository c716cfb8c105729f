using Kthena.Model;

namespace Kthena.Model.Tests;

public sealed class LabelSetTests
{
    [Fact]
    public void Lookup_OfEveryKeyInAnyInsertionOrder_FindsTheLastValue()
    {
        var random = new Random(20);
        for (int round = 0; round < 200; round++)
        {
            KeyValuePair<string, string>[] pairs = [.. Enumerable.Range(0, random.Next(0, 20))
                .Select(_ => KeyValuePair.Create($"key-{random.Next(12)}", $"value-{random.Next(100)}"))];
            LabelSet labels = LabelSet.From(pairs);

            foreach (IGrouping<string, KeyValuePair<string, string>> key in pairs.GroupBy(static pair => pair.Key))
                labels[key.Key].ShouldBe(key.Last().Value);
            labels["absent"].ShouldBeNull();
            labels.Count.ShouldBe(pairs.Select(static pair => pair.Key).Distinct().Count());
        }
    }

    [Fact]
    public void Equality_IsByContentWhateverTheOrder()
    {
        LabelSet one = LabelSet.Of(("a", "1"), ("b", "2"));
        LabelSet other = LabelSet.Of(("b", "2"), ("a", "1"));

        one.ShouldBe(other);
        one.GetHashCode().ShouldBe(other.GetHashCode());
        one.ShouldNotBe(LabelSet.Of(("a", "1"), ("b", "3")));
        one.ShouldNotBe(LabelSet.Empty);
    }

    [Fact]
    public void Matches_NeedsEveryPairOfTheSelector()
    {
        LabelSet labels = LabelSet.Of(("app", "tale"), ("role", "server"));

        labels.Matches(LabelSet.Empty).ShouldBeTrue();
        labels.Matches(LabelSet.Of(("app", "tale"))).ShouldBeTrue();
        labels.Matches(LabelSet.Of(("app", "other"))).ShouldBeFalse();
        labels.Matches(LabelSet.Of(("app", "tale"), ("zone", "a"))).ShouldBeFalse();
    }
}
