using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Requests;
using static Kthena.Embedded.Kubernetes.Tests.Core.MemoryServer;

namespace Kthena.Embedded.Kubernetes.Tests.Core;

public class ApplyTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task Apply_NewObject_IsCreatedWithItsManager()
    {
        MemoryServer server = await StartBareAsync();

        ApiResponse response = await ApplyAsync(server, "one", Map("\"a\":\"1\""));

        response.Status.ShouldBe(201, response.ToString());
        JsonNode manager = JsonNode.Parse(response.BodyBytes())!["metadata"]!["managedFields"]!.AsArray().ShouldHaveSingleItem()!;
        manager["manager"]!.GetValue<string>().ShouldBe("one");
        manager["fieldsV1"]!.ToJsonString().ShouldBe("""{"f:data":{"f:a":{}}}""");
    }

    [Fact]
    public async Task Apply_FieldLeftOut_IsRemovedUnlessAnotherOwnsIt()
    {
        MemoryServer server = await StartBareAsync();
        await ApplyAsync(server, "one", Map("\"a\":\"1\",\"b\":\"2\",\"c\":\"3\""));
        await ApplyAsync(server, "two", Map("\"b\":\"2\""));

        ApiResponse response = await ApplyAsync(server, "one", Map("\"a\":\"1\""));

        JsonNode.Parse(response.BodyBytes())!["data"]!.ToJsonString().ShouldBe("""{"a":"1","b":"2"}""");
    }

    [Fact]
    public async Task Apply_OtherManagersField_ConflictsUntilForced()
    {
        MemoryServer server = await StartBareAsync();
        await ApplyAsync(server, "one", Map("\"a\":\"1\""));

        ApiResponse conflict = await ApplyAsync(server, "two", Map("\"a\":\"2\""));
        ApiResponse forced = await ApplyAsync(server, "two", Map("\"a\":\"2\""), "&force=true");

        conflict.Status.ShouldBe(409);
        JsonNode status = JsonNode.Parse(conflict.BodyBytes())!;
        status["message"]!.GetValue<string>().ShouldBe("Apply failed with 1 conflict: conflict with \"one\": .data.a");
        status["details"]!["causes"]![0]!["reason"]!.GetValue<string>().ShouldBe("FieldManagerConflict");
        forced.Status.ShouldBe(200);
        JsonNode.Parse(forced.BodyBytes())!["metadata"]!["managedFields"]!.AsArray().ShouldHaveSingleItem()!["manager"]!.GetValue<string>().ShouldBe("two");
    }

    [Fact]
    public async Task Apply_AfterAnOrdinaryWrite_ConflictsWithIt()
    {
        MemoryServer server = await StartBareAsync();
        await ApplyAsync(server, "one", Map("\"a\":\"1\""));
        await server.SendAsync("PATCH", $"{Maps}/m?fieldManager=hand", """{"data":{"a":"9"}}""", "application/merge-patch+json");

        ApiResponse conflict = await ApplyAsync(server, "one", Map("\"a\":\"1\""));

        conflict.Status.ShouldBe(409);
        conflict.ToString().ShouldContain("conflict with \\\"hand\\\": .data.a");
    }

    [Fact]
    public async Task Apply_Again_WritesNothing()
    {
        MemoryServer server = await StartBareAsync();
        JsonNode first = JsonNode.Parse((await ApplyAsync(server, "one", Map("\"a\":\"1\""))).BodyBytes())!;
        server.Time.Advance(TimeSpan.FromMinutes(1));

        JsonNode second = JsonNode.Parse((await ApplyAsync(server, "one", Map("\"a\":\"1\""))).BodyBytes())!;

        second.ToJsonString().ShouldBe(first.ToJsonString());
    }

    [Fact]
    public async Task Apply_ItemsOfKeyedLists_AreOwnedOneByOne()
    {
        MemoryServer server = await StartBareAsync();
        const string services = "/api/v1/namespaces/default/services/s";
        const string one = """{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"name":"a","port":80},{"name":"b","port":81}]}}""";
        const string two = """{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"name":"c","port":82}]}}""";
        await server.SendAsync("PATCH", $"{services}?fieldManager=one", one, "application/apply-patch+yaml");
        await server.SendAsync("PATCH", $"{services}?fieldManager=two", two, "application/apply-patch+yaml");

        ApiResponse response = await server.SendAsync("PATCH", $"{services}?fieldManager=one",
            one.Replace(",{\"name\":\"b\",\"port\":81}", "", StringComparison.Ordinal), "application/apply-patch+yaml");

        response.Status.ShouldBe(200, response.ToString());
        JsonNode.Parse(response.BodyBytes())!["spec"]!["ports"]!.AsArray().Select(static port => port!["name"]!.GetValue<string>()).ShouldBe(["a", "c"]);
    }

    [Fact]
    public async Task Apply_ToCustomResource_KeepsDefaultsAndValidates()
    {
        MemoryServer server = await StartAsync();
        const string type = "application/apply-patch+yaml";

        (await server.SendAsync("PATCH", $"{Servings}/m?fieldManager=one", Serving("m"), type)).Status.ShouldBe(201);
        ApiResponse scaled = await server.SendAsync("PATCH", $"{Servings}/m?fieldManager=one", Serving("m", "\"replicas\":3,"), type);
        ApiResponse invalid = await server.SendAsync("PATCH", $"{Servings}/m?fieldManager=one", Serving("m", "\"replicas\":-3,"), type);

        JsonNode.Parse(scaled.BodyBytes())!["spec"]!["replicas"]!.GetValue<int>().ShouldBe(3);
        JsonNode.Parse(scaled.BodyBytes())!["spec"]!["schedulerName"]!.GetValue<string>().ShouldBe("volcano");
        invalid.Status.ShouldBe(422);
    }

    private static Task<ApiResponse> ApplyAsync(MemoryServer server, string manager, string body, string more = "") =>
        server.SendAsync("PATCH", $"{Maps}/m?fieldManager={manager}{more}", body, "application/apply-patch+yaml");

    private static string Map(string data) => "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m\"},\"data\":{" + data + "}}";
}
