using System.Text;
using System.Text.Json.Nodes;
using Kthena.Silo.Admission.Reviews;

namespace Kthena.Silo.Tests.Admission;

public class ReviewHandlerTests
{
    private const string Booster = "/validate/modelbooster";
    private const string Policy = "/mutate/autoscalingpolicy";

    [Fact]
    public void Paths_AreThoseOfUsersConfigurations() =>
        ReviewEndpoint.All.Values.Select(static endpoint => $"{endpoint.Path} {endpoint.Kind.Kind}").Order(StringComparer.Ordinal).ShouldBe(
        [
            "/mutate/autoscalingpolicy AutoscalingPolicy",
            "/mutate/modelbooster ModelBooster",
            "/validate-workload-ai-v1alpha1-modelserving ModelServing",
            "/validate/autoscalingpolicy AutoscalingPolicy",
            "/validate/externalmodelprovider ExternalModelProvider",
            "/validate/modelbooster ModelBooster",
            "/validate/modelroute ModelRoute",
            "/validate/modelserver ModelServer",
        ]);

    [Theory]
    [InlineData("", "is not JSON")]
    [InlineData("{", "is not JSON")]
    [InlineData("null", "must be an AdmissionReview")]
    [InlineData("[]", "must be an AdmissionReview")]
    [InlineData("{}", "must be an AdmissionReview")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","request":{"uid":"u","object":{"a":1}}}""", "must be an AdmissionReview of admission.k8s.io/v1")]
    [InlineData("""{"kind":"Pod","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","object":{"a":1}}}""", "must be an AdmissionReview")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}""", "the review has no request")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":null}""", "the review has no request")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":[]}""", "the review has no request")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"object":{"a":1}}}""", "has no uid")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":7,"object":{"a":1}}}""", "has no uid")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u"}}""", "has no object")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","object":null}}""", "has no object")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","object":{}}}""", "has no object")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","object":"x"}}""", "has no object")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":{"group":"","kind":"Pod"},"object":{"a":1}}}""", "sends something else here")]
    public void Review_ThatIsNone_IsABadRequestOnEveryPath(string body, string why)
    {
        foreach (ReviewEndpoint endpoint in ReviewEndpoint.All.Values)
        {
            ReviewAnswer answer = ReviewHandler.Answer(endpoint, Encoding.UTF8.GetBytes(body));

            answer.Status.ShouldBe(400, endpoint.Path);
            answer.ContentType.ShouldStartWith("text/plain");
            Encoding.UTF8.GetString(answer.Body.Span).ShouldContain(why);
        }
    }

    [Fact]
    public void Review_NestedBeyondReason_IsABadRequest() =>
        ReviewHandler.Answer(ReviewEndpoint.All[Booster], Encoding.UTF8.GetBytes(new string('[', 100_000))).Status.ShouldBe(400);

    [Theory]
    [InlineData("\"operation\":\"DELETE\",\"object\":null")]
    [InlineData("\"operation\":\"UPDATE\",\"subResource\":\"status\",\"object\":{\"spec\":{}}")]
    [InlineData("\"operation\":\"UPDATE\",\"oldObject\":{\"spec\":{}},\"object\":{\"metadata\":{\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"},\"spec\":{}}")]
    public void Review_OfWhatNoRuleIsAbout_IsAllowed(string request)
    {
        JsonNode response = Ask("/validate/modelroute", request);

        response["allowed"]!.GetValue<bool>().ShouldBeTrue();
        response["status"].ShouldBeNull();
    }

    [Fact]
    public void Review_OfAnUpdate_KnowsTheStoredObject()
    {
        const string request = """
            "operation":"UPDATE","kind":{"group":"networking.serving.volcano.sh","version":"v1alpha1","kind":"ModelRoute"},
            "object":{"spec":{"modelName":"b","rules":[]}},"oldObject":{"spec":{"modelName":"a","rules":[]}}
            """;

        Ask("/validate/modelroute", request)["status"]!["message"]!.GetValue<string>()
            .ShouldBe("validation failed:\n  - spec.modelName: Invalid value: \"b\": modelName is immutable");
    }

    /// <summary>One object of each kind that breaks several rules, and the exact words of its denial.</summary>
    public static TheoryData<string, string, string> Denials() => new()
    {
        {
            "/validate-workload-ai-v1alpha1-modelserving",
            """{"metadata":{"name":"m"},"spec":{"replicas":-1,"template":{"roles":[{"name":"A","replicas":1,"workerReplicas":1,"entryTemplate":{"spec":{"containers":[{"image":"a b"}]}}}],"gangPolicy":{"minRoleReplicas":{"x":1}}}}}""",
            """
            validation failed:
              - metadata.name: Invalid value: invalid name: the generated pod name 'm--1-A-1-1' (10 characters) is no DNS label: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character, and be at most 63 characters long
              - spec.replicas: Invalid value: -1: replicas must be a non-negative integer
              - spec.template.roles[0].name: Invalid value: "A": role name must be a valid DNS-1035 label: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character, and be at most 63 characters long
              - spec.template.roles[0].workerTemplate: Required value: workerTemplate is required when workerReplicas is greater than 0
              - spec.template.roles[0].entryTemplate.spec.containers[0].image: Invalid value: "a b": invalid container image reference: image cannot contain spaces
              - spec.template.gangPolicy.minRoleReplicas[x]: Invalid value: role x does not exist in template.roles
            """
        },
        {
            Booster,
            """{"metadata":{"name":"b"},"spec":{"backend":{"type":"vLLM","modelURI":"hf://a","replicas":1000001,"workers":[{"config":{"port":"x"}},{}]}}}""",
            """
            validation failed:
              - spec.backend.replicas: Invalid value: 1000001: replicas (1000001) cannot exceed 1000000
              - spec.backend.workers: Invalid value: a vLLM backend must have exactly one worker, of type server
              - spec.backend.workers[0].config.port: Invalid value: "x": the engine port must be an integer between 1 and 65535
            """
        },
        {
            "/validate/autoscalingpolicy",
            """{"metadata":{"name":"p"},"spec":{"metrics":[{"name":"m","targetValue":"0"}],"behavior":{"scaleDown":{"period":"1h"}}}}""",
            """
            validation failed:
              - spec.metrics[0].targetValue: Invalid value: "0": must be a finite number greater than zero
              - spec: Required value: exactly one of homogeneousTarget, heterogeneousTarget and disaggregatedTarget must be set
              - spec.behavior.scaleDown.period: Invalid value: "1h": must be between 0 and 30 minutes
            """
        },
        {
            "/validate/modelroute",
            """{"metadata":{"name":"r"},"spec":{"loraAdapters":[""],"rules":[{"targetModels":[]},{"targetModels":[{"modelServerName":"s","weight":0}]}]}}""",
            """
            validation failed:
              - spec.loraAdapters[0]: Invalid value: "": lora adapter name cannot be an empty string
              - spec.rules[0].targetModels: Required value: each rule must have at least one target model
              - spec.rules[1].targetModels: Invalid value: total weight must be greater than zero
            """
        },
        {
            "/validate/modelserver",
            """{"metadata":{"name":"s"},"spec":{"workloadSelector":{"pdGroup":{"groupKey":"","prefillLabels":{"a":"b"}}}}}""",
            """
            validation failed:
              - spec.workloadSelector.matchLabels: Required value: matchLabels cannot be empty
              - spec.workloadSelector.pdGroup.groupKey: Required value: groupKey cannot be empty
              - spec.workloadSelector.pdGroup.decodeLabels: Required value: decodeLabels cannot be empty
            """
        },
        {
            "/validate/externalmodelprovider",
            """{"metadata":{"name":"e"},"spec":{"baseURL":"http://a/?b","headers":{"Host":"x"},"auth":{"secretRef":{"name":"","key":"k","optional":true}}}}""",
            """
            validation failed:
              - spec.baseURL: Invalid value: "http://a/?b": must use https
              - spec.baseURL: Invalid value: "http://a/?b": must not have a query
              - spec.headers[Host]: Forbidden: the header Host is reserved
              - spec.auth.secretRef.name: Required value: the name of the Secret with the credential must be set
              - spec.auth.secretRef.optional: Invalid value: true: secretRef.optional must be false or unset
              - spec.auth: Invalid value: {"secretRef":{"name":"","key":"k","optional":true}}: secretRef.optional must be false or unset
            """
        },
    };

    [Theory]
    [MemberData(nameof(Denials))]
    public void Denial_HasALineForEachFault(string path, string json, string message)
    {
        JsonNode response = Ask(path, $"\"operation\":\"CREATE\",\"object\":{json}");

        response["allowed"]!.GetValue<bool>().ShouldBeFalse();
        response["status"]!["message"]!.GetValue<string>().ShouldBe(message.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("""{"behavior":{"scaleDown":{"stabilizationWindow":"1s"},"scaleUp":{"stablePolicy":{"period":"1s"},"panicPolicy":{"period":"1s"}}}}""", """[{"op":"add","path":"/spec/behavior/scaleUp/stablePolicy/stabilizationWindow","value":"0s"}]""")]
    [InlineData("""{"behavior":{"scaleDown":{"stabilizationWindow":"1s"},"scaleUp":{"stablePolicy":{"stabilizationWindow":"1s"},"panicPolicy":{"period":"1s"}}}}""", "[]")]
    public void Mutation_AnswersAPatch(string spec, string patch)
    {
        JsonNode response = Ask(Policy, $"\"operation\":\"CREATE\",\"object\":{{\"spec\":{spec}}}");

        response["allowed"]!.GetValue<bool>().ShouldBeTrue();
        response["patchType"]!.GetValue<string>().ShouldBe("JSONPatch");
        Encoding.UTF8.GetString(Convert.FromBase64String(response["patch"]!.GetValue<string>())).ShouldBe(patch);
    }

    [Fact]
    public void Mutation_OfBoosters_ChangesNothing() =>
        Ask("/mutate/modelbooster", "\"operation\":\"CREATE\",\"object\":{\"spec\":{}}")["patch"]!.GetValue<string>().ShouldBe("W10=");

    private static JsonNode Ask(string path, string request)
    {
        string review = "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"4-2\"," + request + "}}";

        ReviewAnswer answer = ReviewHandler.Answer(ReviewEndpoint.All[path], Encoding.UTF8.GetBytes(review));

        answer.Status.ShouldBe(200, Encoding.UTF8.GetString(answer.Body.Span));
        JsonNode json = JsonNode.Parse(answer.Body.Span)!;
        json["kind"]!.GetValue<string>().ShouldBe("AdmissionReview");
        json["apiVersion"]!.GetValue<string>().ShouldBe("admission.k8s.io/v1");
        json["response"]!["uid"]!.GetValue<string>().ShouldBe("4-2");
        return json["response"]!;
    }
}
