using System.Text.Json;
using Kthena.Model.Resources;
using static Kthena.Admission.Tests.Objects;

namespace Kthena.Admission.Tests;

public class ExternalModelProviderTests
{
    private const string Provider =
        """{"providerType":"OpenAI","baseURL":"https://api.example.com/v1","auth":{"scheme":"Bearer","secretRef":{"name":"s","key":"k"}},"headers":{"X-Team":"a b"}}""";

    private static readonly ResourceKind Kind = ResourceKinds.ExternalModelProvider;

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"auth":null,"headers":null,"providerType":null}""")]
    [InlineData("""{"providerType":"Anthropic","auth":{"scheme":null,"secretRef":{"optional":false}}}""")]
    [InlineData("""{"baseURL":"https://[::1]:8443"}""")]
    [InlineData("""{"headers":{"anthropic-version":"2023-06-01","x_y.z!":""}}""")]
    public void Provider_ThatIsLegal_IsAdmitted(string changes) => ShouldBeAdmitted(Kind, Make(Provider, changes));

    [Theory]
    [InlineData("""{"providerType":"Other"}""", "spec.providerType", "must be one of OpenAI, Anthropic")]
    [InlineData("""{"baseURL":""}""", "spec.baseURL", "Required value")]
    [InlineData("""{"baseURL":"api.example.com"}""", "spec.baseURL", "must be an absolute URL")]
    [InlineData("""{"baseURL":"https://"}""", "spec.baseURL", "must be an absolute URL")]
    [InlineData("""{"baseURL":"https://a.example b"}""", "spec.baseURL", "must be an absolute URL")]
    [InlineData("""{"baseURL":"https://a:99999/"}""", "spec.baseURL", "must be an absolute URL")]
    [InlineData("""{"baseURL":"http://a.example"}""", "spec.baseURL", "must use https")]
    [InlineData("""{"baseURL":"https://me:secret@a.example"}""", "spec.baseURL", "must not hold user information")]
    [InlineData("""{"baseURL":"https://a.example?x=1"}""", "spec.baseURL", "must not have a query")]
    [InlineData("""{"baseURL":"https://a.example/?"}""", "spec.baseURL", "must not have a query")]
    [InlineData("""{"baseURL":"https://a.example/#x"}""", "spec.baseURL", "must not have a fragment")]
    [InlineData("""{"headers":{"a b":"c"}}""", "spec.headers[a b]", "is not a valid HTTP header name")]
    [InlineData("""{"headers":{"":"c"}}""", "spec.headers[]", "is not a valid HTTP header name")]
    [InlineData("""{"headers":{"X-A":"b\r\nX-C: d"}}""", "spec.headers[X-A]", "without line breaks")]
    [InlineData("""{"auth":{"scheme":"Basic"}}""", "spec.auth.scheme", "must be one of Bearer, APIKey")]
    [InlineData("""{"auth":{"secretRef":{"name":" "}}}""", "spec.auth.secretRef.name", "Required value")]
    [InlineData("""{"auth":{"secretRef":{"key":""}}}""", "spec.auth.secretRef.key", "Required value")]
    [InlineData("""{"auth":{"secretRef":{"optional":true}}}""", "spec.auth.secretRef.optional", "must be false or unset")]
    public void Provider_ThatBreaksARule_HasThatErrorAlone(string changes, string field, string message) =>
        AdmissionRules.Check(Kind, Make(Provider, changes)).ShouldBeOnly(field, message);

    [Theory]
    [InlineData("Authorization")]
    [InlineData("proxy-authorization")]
    [InlineData("Cookie")]
    [InlineData("x-api-key")]
    [InlineData("HOST")]
    [InlineData("Content-Length")]
    [InlineData("Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("Proxy-Connection")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Upgrade")]
    [InlineData("Trailer")]
    [InlineData("te")]
    public void Provider_ReservedHeader_IsForbidden(string header) =>
        AdmissionRules.Check(Kind, Make(Provider, "{\"headers\":{\"" + header + "\":\"v\"}}"))
            .ShouldBeOnly($"spec.headers[{header}]", $"Forbidden: the header {header} is reserved");

    [Fact]
    public void Provider_HeaderValue_IsNeverQuoted()
    {
        JsonElement json = Make(Provider, """{"headers":{"X-Token":"secret\n"}}""");

        AdmissionRules.Denial(AdmissionRules.Check(Kind, json)).ShouldNotContain("secret");
    }

    [Fact]
    public void Definition_OptionalCredential_IsInvalid()
    {
        JsonElement json = Make(Provider, """{"auth":{"secretRef":{"optional":true}}}""");

        AdmissionRules.CheckDefinition(Kind, json, null).ShouldBeOnly("spec.auth", "secretRef.optional must be false or unset");
    }
}
