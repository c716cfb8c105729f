using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Requests;
using static Kthena.Embedded.Kubernetes.Tests.Core.MemoryServer;

namespace Kthena.Embedded.Kubernetes.Tests.Core;

public class ManifestTests
{
    private const string Routes = "/apis/networking.serving.volcano.sh/v1alpha1/namespaces/default/modelroutes";

    [Fact]
    public async Task Defaults_OfServing_AreFilledIn()
    {
        MemoryServer server = await StartAsync();

        JsonNode serving = await server.CreateAsync(Servings, Serving("m"));

        serving["spec"]!["replicas"]!.GetValue<int>().ShouldBe(1);
        serving["spec"]!["schedulerName"]!.GetValue<string>().ShouldBe("volcano");
        serving["spec"]!["recoveryPolicy"]!.GetValue<string>().ShouldBe("RoleRecreate");
        serving["spec"]!["template"]!["roles"]![0]!["maxUnavailable"]!.GetValue<int>().ShouldBe(1);
    }

    [Theory]
    [InlineData("\"replicas\":\"x\",", "spec.replicas", "Invalid value: \"string\": spec.replicas in body must be of type integer: \"string\"")]
    [InlineData("\"recoveryPolicy\":\"Never\",", "spec.recoveryPolicy", "Unsupported value: \"Never\": supported values: \"ServingGroupRecreate\", \"RoleRecreate\", \"None\"")]
    [InlineData("\"replicas\":-1,", "spec.replicas", "Invalid value: -1: should be a non-negative integer")]
    [InlineData("\"plugins\":[{\"type\":\"BuiltIn\"}],", "spec.plugins[0].name", "Required value")]
    public async Task Serving_AgainstItsSchema_IsInvalidAtTheField(string spec, string field, string message)
    {
        MemoryServer server = await StartAsync();

        ApiResponse response = await server.SendAsync("POST", Servings, Serving("m", spec));

        response.Status.ShouldBe(422);
        JsonNode status = JsonNode.Parse(response.BodyBytes())!;
        status["reason"]!.GetValue<string>().ShouldBe("Invalid");
        JsonNode cause = status["details"]!["causes"]!.AsArray().ShouldHaveSingleItem()!;
        cause["field"]!.GetValue<string>().ShouldBe(field);
        cause["message"]!.GetValue<string>().ShouldBe(message);
    }

    [Fact]
    public async Task Bug46_HostAliasesOfOneAddress_AreAccepted()
    {
        MemoryServer server = await StartAsync();
        JsonObject serving = JsonNode.Parse(Serving("m"))!.AsObject();
        serving["spec"]!["template"]!["roles"]![0]!["entryTemplate"]!["spec"]!["hostAliases"] = JsonNode.Parse(
            """[{"ip":"10.0.0.1","hostnames":["a"]},{"ip":"10.0.0.1","hostnames":["b"]}]""");

        JsonNode created = await server.CreateAsync(Servings, serving.ToJsonString());

        created["spec"]!["template"]!["roles"]![0]!["entryTemplate"]!["spec"]!["hostAliases"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Serving_SeveralErrors_AreAllReported()
    {
        MemoryServer server = await StartAsync();

        JsonNode status = await server.ExpectAsync("POST", Servings, 422, Serving("m", "\"replicas\":\"x\",\"recoveryPolicy\":1,", "\"maxUnavailable\":true,"));

        status["details"]!["causes"]!.AsArray().Select(static cause => cause!["field"]!.GetValue<string>())
            .ShouldBe(["spec.replicas", "spec.recoveryPolicy", "spec.template.roles[0].maxUnavailable"], ignoreOrder: true);
    }

    [Fact]
    public async Task Serving_AgainstAdmission_IsDeniedWithALineForEachRule()
    {
        MemoryServer server = await StartAsync();

        JsonNode status = await server.ExpectAsync("POST", Servings, 400,
            Serving("m", "\"rolloutStrategy\":{\"type\":\"RoleRollingUpdate\",\"rollingUpdateConfiguration\":{\"maxUnavailable\":0}},", "\"replicas\":2,\"maxUnavailable\":\"150%\","));

        string[] lines = status["message"]!.GetValue<string>().Split('\n');
        lines[0].ShouldBe("validation failed:");
        lines[1].ShouldBe("  - spec.rolloutStrategy.rollingUpdateConfiguration: Forbidden: only valid when rolloutStrategy.type is ServingGroupRollingUpdate");
        lines[2].ShouldBe("  - spec.template.roles[0].maxUnavailable: Invalid value: \"150%\": must be a valid percent value (0-100)");
    }

    [Theory]
    [InlineData("Strict", 400)]
    [InlineData("Warn", 201)]
    [InlineData("Ignore", 201)]
    public async Task UnknownAndDoubledFields_FollowFieldValidation(string validation, int status)
    {
        MemoryServer server = await StartAsync();

        ApiResponse response = await server.SendAsync("POST", $"{Servings}?fieldValidation={validation}", Serving("m", "\"colour\":1,\"replicas\":1,\"replicas\":2,"));

        response.Status.ShouldBe(status, response.ToString());
        if (status == 400)
        {
            response.ToString().ShouldContain("strict decoding error: duplicate field \\\"spec.replicas\\\", unknown field \\\"spec.colour\\\"");
            return;
        }
        JsonNode.Parse(response.BodyBytes())!["spec"]!["colour"].ShouldBeNull();
        response.Warnings.Length.ShouldBe(validation == "Warn" ? 2 : 0);
    }

    [Fact]
    public async Task Route_ChangedModelName_IsInvalid()
    {
        MemoryServer server = await StartAsync();
        await server.CreateAsync(Routes, """{"metadata":{"name":"r"},"spec":{"modelName":"a","rules":[{"targetModels":[{"modelServerName":"s"}]}]}}""");

        JsonNode status = JsonNode.Parse((await server.MergeAsync($"{Routes}/r", """{"spec":{"modelName":"b"}}""")).BodyBytes())!;

        status["code"]!.GetValue<int>().ShouldBe(422);
        status["message"]!.GetValue<string>().ShouldBe(
            "ModelRoute.networking.serving.volcano.sh \"r\" is invalid: spec.modelName: Invalid value: \"b\": modelName is immutable");
    }

    [Fact]
    public async Task Pod_WithoutImageAndDoubledNames_IsInvalidAtTheFields()
    {
        MemoryServer server = await StartBareAsync();

        JsonNode status = await server.ExpectAsync("POST", Pods, 422, """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c"},{"name":"c","image":"x"}]}}""");

        status["details"]!["causes"]!.AsArray().Select(static cause => $"{cause!["field"]} {cause["reason"]}")
            .ShouldBe(["spec.containers[0].image FieldValueRequired", "spec.containers[1].name FieldValueDuplicate"]);
    }

    [Theory]
    [InlineData("Big")]
    [InlineData("-a")]
    [InlineData("a_b")]
    public async Task Name_ThatIsNoSubdomain_IsInvalid(string name)
    {
        MemoryServer server = await StartBareAsync();

        (await server.SendAsync("POST", Pods, Pod(name))).Status.ShouldBe(422);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("""{"kind":"Service","apiVersion":"v1","metadata":{"name":"a"}}""")]
    public async Task Body_ThatIsNoPod_IsBadRequest(string body)
    {
        MemoryServer server = await StartBareAsync();

        (await server.SendAsync("POST", Pods, body)).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Service_GetsAFreeAddressAndKeepsIt()
    {
        MemoryServer server = await StartBareAsync();
        const string services = "/api/v1/namespaces/default/services";

        JsonNode first = await server.CreateAsync(services, """{"metadata":{"name":"a"},"spec":{"ports":[{"port":80}]}}""");
        JsonNode second = await server.CreateAsync(services, """{"metadata":{"name":"b"},"spec":{"ports":[{"port":80}]}}""");
        JsonNode headless = await server.CreateAsync(services, """{"metadata":{"name":"c"},"spec":{"clusterIP":"None"}}""");

        first["spec"]!["clusterIP"]!.GetValue<string>().ShouldBe("10.96.0.10");
        second["spec"]!["clusterIP"]!.GetValue<string>().ShouldBe("10.96.0.11");
        headless["spec"]!["clusterIP"]!.GetValue<string>().ShouldBe("None");
        (await server.MergeAsync($"{services}/a", """{"spec":{"clusterIP":"10.96.0.99"}}""")).Status.ShouldBe(422);
    }

    [Fact]
    public async Task Definition_CreatedAtRunTime_IsServedAndGoesWithItsObjects()
    {
        MemoryServer server = await StartBareAsync();
        const string definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        await server.CreateAsync(definitions, """
            {"metadata":{"name":"toys.example.com"},"spec":{"group":"example.com","scope":"Cluster","names":{"plural":"toys","kind":"Toy"},
             "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"size":{"type":"integer","maximum":3}}}}}]}}
            """);

        await server.CreateAsync("/apis/example.com/v1/toys", """{"metadata":{"name":"t"},"size":3}""");
        await server.ExpectAsync("POST", "/apis/example.com/v1/toys", 422, """{"metadata":{"name":"u"},"size":4}""");
        await server.ExpectAsync("DELETE", $"{definitions}/toys.example.com", 200);

        (await server.SendAsync("GET", "/apis/example.com/v1/toys")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Definition_WithUnreadableSchema_IsNotStored()
    {
        MemoryServer server = await StartBareAsync();

        await server.ExpectAsync("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", 422, """
            {"metadata":{"name":"toys.example.com"},"spec":{"group":"example.com","scope":"Cluster","names":{"plural":"toys","kind":"Toy"},
             "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":[]}}}]}}
            """);

        (await server.SendAsync("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/toys.example.com")).Status.ShouldBe(404);
    }
}
