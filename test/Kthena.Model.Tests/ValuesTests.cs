using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Model.Tests;

public sealed class ValuesTests
{
    [Theory]
    [InlineData("25%", 4, false, 1)]
    [InlineData("25%", 3, false, 0)]
    [InlineData("25%", 3, true, 1)]
    [InlineData("100%", 7, true, 7)]
    [InlineData("0%", 7, true, 0)]
    [InlineData("50%", int.MaxValue, false, 1073741823)]
    public void Percentage_Resolve_RoundsAsAsked(string text, int total, bool roundUp, int expected) =>
        IntOrPercent.Parse(text).Resolve(total, roundUp).ShouldBe(expected);

    [Theory]
    [InlineData("25")]
    [InlineData("-5%")]
    [InlineData("%")]
    [InlineData("a%")]
    [InlineData("")]
    public void Percentage_Malformed_IsRefused(string text) =>
        Should.Throw<FormatException>(() => IntOrPercent.Parse(text));

    [Fact]
    public void Count_Resolve_IsItself() => IntOrPercent.FromInt(3).Resolve(100, roundUp: true).ShouldBe(3);

    [Fact]
    public void NamespacedName_ParsesWhatItPrints()
    {
        var key = new NamespacedName("default", "tale");
        NamespacedName.Parse(key.ToString()).ShouldBe(key);
    }

    [Theory]
    [InlineData("tale")]
    [InlineData("/tale")]
    [InlineData("default/")]
    [InlineData("")]
    public void NamespacedName_Malformed_IsRefused(string text) =>
        Should.Throw<FormatException>(() => NamespacedName.Parse(text));

    [Fact]
    public void NamespacedName_Order_IsByNamespaceThenName() =>
        new[] { new NamespacedName("b", "a"), new NamespacedName("a", "b"), new NamespacedName("a", "B") }
            .Order()
            .Select(static key => key.ToString())
            .ShouldBe(["a/B", "a/b", "b/a"]);

    [Fact]
    public void ResourceKind_WritesTheApisPaths()
    {
        ResourceKinds.Pod.CollectionPath("default").ShouldBe("/api/v1/namespaces/default/pods");
        ResourceKinds.Pod.CollectionPath().ShouldBe("/api/v1/pods");
        ResourceKinds.Node.CollectionPath("ignored").ShouldBe("/api/v1/nodes");
        ResourceKinds.ModelServing.ObjectPath("default", "tale", "status")
            .ShouldBe("/apis/workload.serving.volcano.sh/v1alpha1/namespaces/default/modelservings/tale/status");
    }
}
