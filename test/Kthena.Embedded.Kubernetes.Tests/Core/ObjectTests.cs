using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Requests;
using static Kthena.Embedded.Kubernetes.Tests.Core.MemoryServer;

namespace Kthena.Embedded.Kubernetes.Tests.Core;

public class ObjectTests
{
    [Fact]
    public async Task Create_NewPod_GetsIdentityDefaultsAndPendingStatus()
    {
        MemoryServer server = await StartBareAsync();

        JsonNode pod = await server.CreateAsync(Pods, Pod("a"));

        pod["metadata"]!["uid"]!.GetValue<string>().Length.ShouldBe(36);
        pod["metadata"]!["creationTimestamp"]!.GetValue<string>().ShouldBe("2026-01-02T03:04:05Z");
        pod["metadata"]!["namespace"]!.GetValue<string>().ShouldBe("default");
        pod["status"]!["phase"]!.GetValue<string>().ShouldBe("Pending");
        pod["spec"]!["restartPolicy"]!.GetValue<string>().ShouldBe("Always");
    }

    [Theory]
    [InlineData("""{ "metadata": { "name": "a" }, "spec": { "containers": [ { "name": "c", "image": "i", "env": [ { "name": "X", "value": true } ] } ] } }""", "Field 'value' must be a string")]
    [InlineData("""{ "metadata": { "name": "a", "labels": { "on": true } }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } }""", "must be")]
    public async Task Create_PodThatNoClientCouldRead_IsABadRequest(string pod, string told)
    {
        MemoryServer server = await StartBareAsync();

        JsonNode status = await server.ExpectAsync("POST", Pods, 400, pod);

        status["message"]!.GetValue<string>().ShouldStartWith("Pod in version \"v1\" cannot be handled as a Pod: ");
        status["message"]!.GetValue<string>().ShouldContain(told);
    }

    [Fact]
    public async Task Create_SameName_IsConflictWithDetails()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync(Pods, Pod("a"));

        JsonNode status = await server.ExpectAsync("POST", Pods, 409, Pod("a"));

        status["reason"]!.GetValue<string>().ShouldBe("AlreadyExists");
        status["message"]!.GetValue<string>().ShouldBe("pods \"a\" already exists");
        status["details"]!["name"]!.GetValue<string>().ShouldBe("a");
    }

    [Fact]
    public async Task Create_GenerateName_EndsInFiveLetters()
    {
        MemoryServer server = await StartBareAsync();

        JsonNode pod = await server.CreateAsync(Pods, Pod("", metadata: ",\"generateName\":\"web-\""));

        pod["metadata"]!["name"]!.GetValue<string>().ShouldMatch("^web-[a-z0-9]{5}$");
    }

    [Fact]
    public async Task Create_MissingNamespace_IsNotFound()
    {
        MemoryServer server = await StartBareAsync();

        JsonNode status = await server.ExpectAsync("POST", "/api/v1/namespaces/nope/pods", 404, Pod("a"));

        status["message"]!.GetValue<string>().ShouldBe("namespaces \"nope\" not found");
    }

    [Fact]
    public async Task Update_OldVersion_IsConflict()
    {
        MemoryServer server = await StartBareAsync();
        JsonNode pod = await server.CreateAsync(Pods, Pod("a"));
        await server.MergeAsync($"{Pods}/a", """{"metadata":{"labels":{"x":"1"}}}""");

        JsonNode status = await server.ExpectAsync("PUT", $"{Pods}/a", 409, pod.ToJsonString());

        status["reason"]!.GetValue<string>().ShouldBe("Conflict");
        status["message"]!.GetValue<string>().ShouldContain("the object has been modified");
    }

    [Fact]
    public async Task Patch_WithForeignUid_IsConflict()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync(Pods, Pod("a"));

        ApiResponse response = await server.MergeAsync($"{Pods}/a", """{"metadata":{"uid":"other","labels":{"x":"1"}}}""");

        response.Status.ShouldBe(409);
    }

    [Fact]
    public async Task Patch_ThatChangesNothing_WritesNothing()
    {
        MemoryServer server = await StartBareAsync();
        JsonNode before = await server.CreateAsync(Pods, Pod("a", metadata: ",\"labels\":{\"x\":\"1\"}"));

        await server.MergeAsync($"{Pods}/a", """{"metadata":{"labels":{"x":"1"}}}""");

        JsonNode after = await server.GetAsync($"{Pods}/a");
        after["metadata"]!["resourceVersion"]!.GetValue<string>().ShouldBe(before["metadata"]!["resourceVersion"]!.GetValue<string>());
    }

    [Fact]
    public async Task Status_OfCustomResource_IsSeparateFromSpecAndGeneration()
    {
        MemoryServer server = await StartAsync();
        await server.CreateAsync(Servings, Serving("m"));

        await server.MergeAsync($"{Servings}/m/status", """{"status":{"replicas":3},"spec":{"replicas":9}}""");
        await server.MergeAsync($"{Servings}/m", """{"status":{"replicas":7},"spec":{"replicas":2}}""");

        JsonNode serving = await server.GetAsync($"{Servings}/m");
        serving["spec"]!["replicas"]!.GetValue<int>().ShouldBe(2);
        serving["status"]!["replicas"]!.GetValue<int>().ShouldBe(3);
        serving["metadata"]!["generation"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task Scale_PatchAndGet_GoThroughTheDefinitionsPaths()
    {
        MemoryServer server = await StartAsync();
        await server.CreateAsync(Servings, Serving("m"));
        await server.MergeAsync($"{Servings}/m/status", """{"status":{"replicas":1,"labelSelector":"a=b"}}""");

        await server.MergeAsync($"{Servings}/m/scale", """{"spec":{"replicas":5}}""");

        JsonNode scale = await server.GetAsync($"{Servings}/m/scale");
        scale["kind"]!.GetValue<string>().ShouldBe("Scale");
        scale["spec"]!["replicas"]!.GetValue<int>().ShouldBe(5);
        scale["status"]!["replicas"]!.GetValue<int>().ShouldBe(1);
        scale["status"]!["selector"]!.GetValue<string>().ShouldBe("a=b");
    }

    [Fact]
    public async Task Status_OfPod_StrategicMerge_KeepsOtherConditions()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync(Pods, Pod("a"));
        const string type = "application/strategic-merge-patch+json";

        await server.ExpectAsync("PATCH", $"{Pods}/a/status", 200, """{"status":{"conditions":[{"type":"Ready","status":"False"}]}}""", type);
        JsonNode pod = await server.ExpectAsync("PATCH", $"{Pods}/a/status", 200,
            """{"status":{"phase":"Running","conditions":[{"type":"Initialized","status":"True"},{"type":"Ready","status":"True"}]}}""", type);

        pod["status"]!["conditions"]!.AsArray().Select(static item => $"{item!["type"]}={item["status"]}")
            .ShouldBe(["Ready=True", "Initialized=True"], ignoreOrder: true);
    }

    [Fact]
    public async Task StrategicMerge_OnCustomResource_IsUnsupportedMediaType()
    {
        MemoryServer server = await StartAsync();
        await server.CreateAsync(Servings, Serving("m"));

        (await server.SendAsync("PATCH", $"{Servings}/m", "{}", "application/strategic-merge-patch+json")).Status.ShouldBe(415);
    }

    [Theory]
    [InlineData("""[{"op":"add","path":"/metadata/labels","value":{"a":"b"}},{"op":"test","path":"/metadata/labels/a","value":"b"}]""", 200)]
    [InlineData("""[{"op":"test","path":"/metadata/name","value":"other"}]""", 422)]
    [InlineData("""[{"op":"remove","path":"/metadata/labels/none"}]""", 400)]
    [InlineData("""[{"op":"explode","path":"/metadata"}]""", 400)]
    [InlineData("""{"op":"add"}""", 400)]
    public async Task JsonPatch_Operations_AnswerAsExpected(string patch, int status)
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync(Pods, Pod("a"));

        (await server.SendAsync("PATCH", $"{Pods}/a", patch, "application/json-patch+json")).Status.ShouldBe(status);
    }

    [Fact]
    public async Task List_InPieces_StaysOneSnapshot()
    {
        MemoryServer server = await StartBareAsync();
        foreach (string name in (string[])["a", "b", "c"])
            await server.CreateAsync(Pods, Pod(name));

        JsonNode first = await server.GetAsync($"{Pods}?limit=2");
        await server.CreateAsync(Pods, Pod("d"));
        JsonNode second = await server.GetAsync($"{Pods}?limit=2&continue={Uri.EscapeDataString(first["metadata"]!["continue"]!.GetValue<string>())}");

        Names(first).ShouldBe(["a", "b"]);
        Names(second).ShouldBe(["c"]);
        second["metadata"]!["resourceVersion"]!.GetValue<string>().ShouldBe(first["metadata"]!["resourceVersion"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("labelSelector=app%3Dx", "a,b")]
    [InlineData("labelSelector=app%20in%20(x,y),tier!%3Dback", "a,c")]
    [InlineData("labelSelector=!tier", "c")]
    [InlineData("labelSelector=tier%20notin%20(back)", "a,c")]
    [InlineData("fieldSelector=metadata.name%3Db", "b")]
    [InlineData("fieldSelector=metadata.name!%3Db,status.phase%3DPending", "a,c")]
    public async Task List_WithSelector_ReturnsMatches(string query, string names)
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync(Pods, Pod("a", metadata: """,  "labels":{"app":"x","tier":"front"}"""));
        await server.CreateAsync(Pods, Pod("b", metadata: """,  "labels":{"app":"x","tier":"back"}"""));
        await server.CreateAsync(Pods, Pod("c", metadata: """,  "labels":{"app":"y"}"""));

        Names(await server.GetAsync($"{Pods}?{query}")).ShouldBe(names.Split(','));
    }

    [Fact]
    public async Task List_UnknownField_IsBadRequest()
    {
        MemoryServer server = await StartBareAsync();

        (await server.SendAsync("GET", $"{Pods}?fieldSelector=spec.color%3Dred")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task DryRun_Create_StoresNothing()
    {
        MemoryServer server = await StartBareAsync();

        await server.CreateAsync($"{Pods}?dryRun=All", Pod("a"));

        (await server.SendAsync("GET", $"{Pods}/a")).Status.ShouldBe(404);
    }

    private static IEnumerable<string> Names(JsonNode list) => list["items"]!.AsArray().Select(static item => item!["metadata"]!["name"]!.GetValue<string>());
}
