using System.Text.Json.Nodes;
using static Kthena.Embedded.Kubernetes.Tests.Core.MemoryServer;

namespace Kthena.Embedded.Kubernetes.Tests.Core;

/// <summary>Admission as a client of the API server sees it; every rule of its own is tested where the rules are.</summary>
public class AdmissionTests
{
    private const string Boosters = "/apis/workload.serving.volcano.sh/v1alpha1/namespaces/default/modelboosters";
    private const string Policies = "/apis/workload.serving.volcano.sh/v1alpha1/namespaces/default/autoscalingpolicies";
    private const string Providers = "/apis/networking.serving.volcano.sh/v1alpha1/namespaces/default/externalmodelproviders";

    [Fact]
    public async Task Policy_WithoutBehavior_IsStoredWithOne()
    {
        MemoryServer server = await StartAsync();

        JsonNode policy = await server.CreateAsync(Policies, Policy("p"));

        policy["spec"]!["behavior"]!.ToJsonString().ShouldBe(
            """{"scaleDown":{"instances":0,"percent":100,"period":"1m0s","selectPolicy":"Or","stabilizationWindow":"5m0s"},"scaleUp":{"stablePolicy":{"instances":4,"percent":100,"period":"1m0s","selectPolicy":"Or","stabilizationWindow":"0s"},"panicPolicy":{"percent":0,"period":"0s","panicThresholdPercent":200,"panicModeHold":"0s"}}}""");
    }

    [Fact]
    public async Task Policy_WithEmptyParts_HasTheSchemasDefaultsAndTheWindow()
    {
        MemoryServer server = await StartAsync();

        JsonNode policy = await server.CreateAsync(Policies, Policy("p", "\"behavior\":{\"scaleDown\":{},\"scaleUp\":{\"stablePolicy\":{}}},"));

        policy["spec"]!["behavior"]!["scaleDown"]!.ToJsonString()
            .ShouldBe("""{"instances":1,"percent":100,"period":"15s","selectPolicy":"Or","stabilizationWindow":"5m0s"}""");
        policy["spec"]!["behavior"]!["scaleUp"]!["stablePolicy"]!["stabilizationWindow"]!.GetValue<string>().ShouldBe("0s");
    }

    [Fact]
    public async Task Policy_BrokenOnUpdate_IsDeniedAndStaysAsItWas()
    {
        MemoryServer server = await StartAsync();
        await server.CreateAsync(Policies, Policy("p"));

        JsonNode status = await server.ExpectAsync("PATCH", $"{Policies}/p", 400, """{"spec":{"homogeneousTarget":{"minReplicas":9}}}""", "application/merge-patch+json");

        status["message"]!.GetValue<string>().ShouldBe(
            "validation failed:\n  - spec.homogeneousTarget.minReplicas: Invalid value: 9: minReplicas (9) cannot be greater than maxReplicas (4)");
        JsonNode stored = await server.GetAsync($"{Policies}/p");
        stored["spec"]!["homogeneousTarget"]!["minReplicas"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task Policy_AgainstItsDefinition_IsInvalid()
    {
        MemoryServer server = await StartAsync();

        JsonNode status = await server.ExpectAsync("POST", Policies, 422, Policy("p", source: ""));

        JsonNode cause = status["details"]!["causes"]!.AsArray().ShouldHaveSingleItem()!;
        cause["field"]!.GetValue<string>().ShouldBe("spec.homogeneousTarget.target.metricSources[m]");
        cause["message"]!.GetValue<string>().ShouldBe("Invalid value: {}: one metric source backend config is required");
    }

    [Fact]
    public async Task Booster_AgainstSeveralRules_IsDeniedWithALineForEach()
    {
        MemoryServer server = await StartAsync();

        JsonNode status = await server.ExpectAsync("POST", Boosters, 400, """
            {"metadata":{"name":"b"},"spec":{"backend":{"name":"b","type":"vLLM","modelURI":"pvc://c/x","replicas":1,"workers":[{"type":"decode","image":"a b"}]}}}
            """);

        status["message"]!.GetValue<string>().ShouldBe("""
            validation failed:
              - spec.backend.workers[0].image: Invalid value: "a b": invalid container image reference: image cannot contain whitespace
              - spec.backend.workers[0].type: Invalid value: "decode": the worker of a vLLM backend must be of type server
              - spec.backend.cacheURI: Invalid value: a pvc:// modelURI requires a pvc:// cacheURI that mounts its claim
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Provider_ThatIsLegal_IsStored_AndOneThatIsNot_IsDenied()
    {
        MemoryServer server = await StartAsync();

        await server.CreateAsync(Providers, """{"metadata":{"name":"good"},"spec":{"baseURL":"https://api.example.com"}}""");
        JsonNode status = await server.ExpectAsync("POST", Providers, 400, """{"metadata":{"name":"bad"},"spec":{"baseURL":"https://api.example.com?key=1","headers":{"Host":"x"}}}""");

        status["message"]!.GetValue<string>().Split('\n').Length.ShouldBe(3);
    }

    private static string Policy(string name, string spec = "", string source = "\"pod\":{}") =>
        "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{" + spec + "\"metrics\":[{\"name\":\"m\",\"targetValue\":\"1\"}],"
        + "\"homogeneousTarget\":{\"minReplicas\":1,\"maxReplicas\":4,\"target\":{\"targetRef\":{\"name\":\"s\"},\"metricSources\":{\"m\":{" + source + "}}}}}}";
}
