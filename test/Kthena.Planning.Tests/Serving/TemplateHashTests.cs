using System.Text;
using Kthena.Model;
using Kthena.Planning.Serving;

namespace Kthena.Planning.Tests.Serving;

public sealed class TemplateHashTests
{
    [Fact]
    public void Hash_OfATemplate_IsPinned() =>
        // A new version of this software that changes this value would roll every fleet.
        Hash("""[{"name":"engine","replicas":1,"entryTemplate":{"spec":{"containers":[{"image":"a:1","name":"c"}]}}}]""")
            .ShouldBe(Pinned);

    [Theory]
    [InlineData("""[ { "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "a:1" } ] } }, "name": "engine" } ]""")]
    [InlineData("""[{"name":"engine","replicas":7,"maxUnavailable":"25%","partition":2,"entryTemplate":{"spec":{"containers":[{"image":"a:1","name":"c"}]}}}]""")]
    [InlineData("""[{"name":"engine","workerTemplate":null,"entryTemplate":{"spec":{"containers":[{"image":"a:1","name":"c"}]}}}]""")]
    public void Hash_OfTheSameMeaning_IsTheSame(string roles) => Hash(roles).ShouldBe(Pinned);

    [Theory]
    [InlineData("""[{"name":"engine","entryTemplate":{"spec":{"containers":[{"image":"a:2","name":"c"}]}}}]""")]
    [InlineData("""[{"name":"engine","workerReplicas":1,"entryTemplate":{"spec":{"containers":[{"image":"a:1","name":"c"}]}}}]""")]
    [InlineData("""[{"name":"engine","entryTemplate":{"spec":{"replicas":1,"containers":[{"image":"a:1","name":"c"}]}}}]""")]
    public void Hash_OfAnotherMeaning_IsAnother(string roles) => Hash(roles).ShouldNotBe(Pinned);

    [Fact]
    public void Collision_OfTwoForms_GivesAnotherName()
    {
        var form = new RawJson("[]"u8.ToArray());
        TemplateHash.Of(form, 1).ShouldNotBe(TemplateHash.Of(form));
        TemplateHash.Of(form).ShouldMatch("^[bcdfghjklmnpqrstvwxz2456789]{10}$");
    }

    private static string Hash(string roles) => TemplateHash.Of(TemplateHash.Canonical(new RawJson(Encoding.UTF8.GetBytes(roles))));

    private const string Pinned = "xh5zcc2csf";
}
