using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Requests;
using static Kthena.Embedded.Kubernetes.Tests.Core.MemoryServer;

namespace Kthena.Embedded.Kubernetes.Tests.Core;

public class LifecycleTests
{
    [Fact]
    public async Task Schedule_ReadyNodes_GetPodsEvenly()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync("/api/v1/nodes", Node("n1"));
        await server.CreateAsync("/api/v1/nodes", Node("n2"));
        await server.CreateAsync("/api/v1/nodes", Node("n3", ready: "False"));
        foreach (string name in (string[])["a", "b", "c", "d"])
            await server.CreateAsync(Pods, Pod(name, ",\"schedulerName\":\"volcano\""));

        await server.Server.DrainControllersAsync();

        JsonArray pods = (await server.GetAsync(Pods))["items"]!.AsArray();
        pods.Select(static pod => pod!["spec"]!["nodeName"]!.GetValue<string>()).ShouldBe(["n1", "n2", "n1", "n2"]);
        pods[0]!["status"]!["conditions"]![0]!["type"]!.GetValue<string>().ShouldBe("PodScheduled");
    }

    [Fact]
    public async Task Schedule_WithoutNode_SaysSoAndBindsWhenOneComes()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync(Pods, Pod("a"));
        await server.Server.DrainControllersAsync();
        JsonNode waiting = (await server.GetAsync($"{Pods}/a"))["status"]!["conditions"]![0]!;
        waiting["reason"]!.GetValue<string>().ShouldBe("Unschedulable");

        await server.CreateAsync("/api/v1/nodes", Node("n1"));
        await server.Server.DrainControllersAsync();

        JsonNode pod = await server.GetAsync($"{Pods}/a");
        pod["spec"]!["nodeName"]!.GetValue<string>().ShouldBe("n1");
        pod["status"]!["conditions"]!.AsArray().ShouldHaveSingleItem()!["status"]!.GetValue<string>().ShouldBe("True");
    }

    [Fact]
    public async Task Schedule_FullNodeOrOtherSelector_Waits()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync("/api/v1/nodes", Node("n1"));
        foreach (string name in (string[])["a", "b", "c", "d"])
            await server.CreateAsync(Pods, Pod(name));
        await server.CreateAsync(Pods, Pod("e", ",\"nodeSelector\":{\"zone\":\"n2\"}"));
        await server.Server.DrainControllersAsync();
        (await NodeOf(server, "d")).ShouldBeNull();
        (await NodeOf(server, "e")).ShouldBeNull();

        await server.SendAsync("DELETE", $"{Pods}/a?gracePeriodSeconds=0");
        await server.Server.DrainControllersAsync();

        (await NodeOf(server, "d")).ShouldBe("n1");
        (await NodeOf(server, "e")).ShouldBeNull();
    }

    [Fact]
    public async Task Delete_BoundPod_WaitsForItsNode()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync("/api/v1/nodes", Node("n1"));
        await server.CreateAsync(Pods, Pod("a"));
        await server.Server.DrainControllersAsync();

        JsonNode pod = await server.ExpectAsync("DELETE", $"{Pods}/a", 200);
        pod["metadata"]!["deletionGracePeriodSeconds"]!.GetValue<int>().ShouldBe(30);
        pod["metadata"]!["deletionTimestamp"]!.GetValue<string>().ShouldBe("2026-01-02T03:04:35Z");
        (await server.SendAsync("DELETE", $"{Pods}/a")).Status.ShouldBe(200);
        (await server.SendAsync("GET", $"{Pods}/a")).Status.ShouldBe(200);

        await server.ExpectAsync("DELETE", $"{Pods}/a", 200, """{"gracePeriodSeconds":0}""");

        (await server.SendAsync("GET", $"{Pods}/a")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Delete_WithOtherUid_IsConflict()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync(Pods, Pod("a"));

        await server.ExpectAsync("DELETE", $"{Pods}/a", 409, """{"preconditions":{"uid":"other"}}""");

        (await server.SendAsync("GET", $"{Pods}/a")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Delete_WithFinalizer_WaitsForItsRemoval()
    {
        MemoryServer server = await StartAsync();
        await server.CreateAsync(Servings, Serving("m"));
        await server.MergeAsync($"{Servings}/m", """{"metadata":{"finalizers":["example.com/hold"]}}""");

        await server.ExpectAsync("DELETE", $"{Servings}/m", 200);
        (await server.GetAsync($"{Servings}/m"))["metadata"]!["deletionTimestamp"].ShouldNotBeNull();
        await server.MergeAsync($"{Servings}/m", """{"metadata":{"finalizers":null}}""");

        (await server.SendAsync("GET", $"{Servings}/m")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("Background", false)]
    [InlineData("Foreground", false)]
    [InlineData("Orphan", true)]
    public async Task Delete_Owner_TreatsDependentsByPolicy(string policy, bool stays)
    {
        MemoryServer server = await StartAsync();
        JsonNode owner = await server.CreateAsync(Servings, Serving("m"));
        await server.CreateAsync(Pods, Pod("a", metadata: Owners(owner["metadata"]!["uid"]!.GetValue<string>())));

        await server.ExpectAsync("DELETE", $"{Servings}/m", 200, $$"""{"propagationPolicy":"{{policy}}"}""");
        await server.Server.DrainControllersAsync();

        (await server.SendAsync("GET", $"{Servings}/m")).Status.ShouldBe(404);
        ApiResponse pod = await server.SendAsync("GET", $"{Pods}/a");
        pod.Status.ShouldBe(stays ? 200 : 404);
        if (stays)
            pod.ToString().ShouldNotContain("ownerReferences");
    }

    [Fact]
    public async Task Delete_Foreground_KeepsOwnerUntilDependentIsGone()
    {
        MemoryServer server = await StartAsync();
        await server.CreateAsync("/api/v1/nodes", Node("n1"));
        JsonNode owner = await server.CreateAsync(Servings, Serving("m"));
        await server.CreateAsync(Pods, Pod("a", metadata: Owners(owner["metadata"]!["uid"]!.GetValue<string>())));
        await server.Server.DrainControllersAsync();

        await server.ExpectAsync("DELETE", $"{Servings}/m", 200, """{"propagationPolicy":"Foreground"}""");
        await server.Server.DrainControllersAsync();
        (await server.SendAsync("GET", $"{Servings}/m")).Status.ShouldBe(200);
        (await server.GetAsync($"{Pods}/a"))["metadata"]!["deletionTimestamp"].ShouldNotBeNull();

        await server.SendAsync("DELETE", $"{Pods}/a?gracePeriodSeconds=0");
        await server.Server.DrainControllersAsync();
        (await server.SendAsync("GET", $"{Servings}/m")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Create_WithOwnerThatNeverWas_IsCollected()
    {
        MemoryServer server = await StartAsync();
        await server.CreateAsync(Pods, Pod("a", metadata: Owners("11111111-1111-4111-8111-111111111111")));

        await server.Server.DrainControllersAsync();

        (await server.SendAsync("GET", $"{Pods}/a")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Delete_Namespace_TakesItsObjectsAndRefusesNewOnes()
    {
        MemoryServer server = await StartBareAsync();
        const string pods = "/api/v1/namespaces/x/pods";
        await server.CreateAsync("/api/v1/namespaces", """{"metadata":{"name":"x"}}""");
        await server.CreateAsync(pods, Pod("a"));

        JsonNode ns = await server.ExpectAsync("DELETE", "/api/v1/namespaces/x", 200);
        ns["status"]!["phase"]!.GetValue<string>().ShouldBe("Terminating");
        (await server.SendAsync("POST", pods, Pod("b"))).Status.ShouldBe(403);
        await server.Server.DrainControllersAsync();

        (await server.SendAsync("GET", $"{pods}/a")).Status.ShouldBe(404);
        (await server.SendAsync("GET", "/api/v1/namespaces/x")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task DeleteCollection_WithSelector_TakesOnlyMatches()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync(Pods, Pod("a", metadata: ",\"labels\":{\"x\":\"1\"}"));
        await server.CreateAsync(Pods, Pod("b"));

        await server.ExpectAsync("DELETE", $"{Pods}?labelSelector=x%3D1", 200);

        (await server.GetAsync(Pods))["items"]!.AsArray().ShouldHaveSingleItem()!["metadata"]!["name"]!.GetValue<string>().ShouldBe("b");
    }

    [Fact]
    public async Task Restart_FromTheJournal_KeepsObjectsAndNeverReusesVersions()
    {
        MemoryServer first = await StartBareAsync();
        JsonNode pod = await first.CreateAsync(Pods, Pod("a"));

        MemoryServer second = await StartBareAsync(journal: first.Journal);

        JsonNode again = await second.GetAsync($"{Pods}/a");
        again.ToJsonString().ShouldBe(pod.ToJsonString());
        long newest = long.Parse((await second.CreateAsync(Pods, Pod("b")))["metadata"]!["resourceVersion"]!.GetValue<string>(), null);
        newest.ShouldBeGreaterThan(long.Parse(pod["metadata"]!["resourceVersion"]!.GetValue<string>(), null));
        (await second.SendAsync("GET", $"{Pods}?watch=1&resourceVersion={newest - 1}")).Status.ShouldBe(200);
        (await second.SendAsync("GET", $"{Pods}?watch=1&resourceVersion=2")).Status.ShouldBe(410);
    }

    [Fact]
    public async Task Write_WhenTheDiskFails_IsAnErrorAndNothingMoreIsAccepted()
    {
        var journal = new HeldJournal();
        MemoryServer server = await StartAsync(journal: journal);
        journal.FailFromNowOn(new IOException("no space left on device"));

        (await server.SendAsync("POST", Pods, Pod("a"))).Status.ShouldBe(500);
        ApiResponse second = await server.SendAsync("POST", Pods, Pod("b"));

        second.Status.ShouldBe(500);
        second.ToString().ShouldContain("no space left on device");
    }

    [Fact]
    public async Task Schedule_GatedPod_IsBoundOnceItsGateIsGone()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync("/api/v1/nodes", Node("n1"));
        await server.CreateAsync(Pods, Pod("a", ",\"schedulingGates\":[{\"name\":\"x\"}]"));
        await server.Server.DrainControllersAsync();
        (await NodeOf(server, "a")).ShouldBeNull();

        await server.MergeAsync($"{Pods}/a", """{"spec":{"schedulingGates":null}}""");
        await server.Server.DrainControllersAsync();

        (await NodeOf(server, "a")).ShouldBe("n1");
    }

    [Fact]
    public async Task Events_OlderThanAnHour_GoWhenANewOneComes()
    {
        MemoryServer server = await StartBareAsync();
        const string events = "/api/v1/namespaces/default/events";
        await server.CreateAsync(events, """{"metadata":{"name":"old"},"involvedObject":{"kind":"Pod","name":"a"},"reason":"x"}""");
        server.Time.Advance(TimeSpan.FromMinutes(61));

        await server.CreateAsync(events, """{"metadata":{"name":"new"},"involvedObject":{"kind":"Pod","name":"a"},"reason":"x"}""");
        await server.Server.DrainControllersAsync();

        (await server.GetAsync(events))["items"]!.AsArray().ShouldHaveSingleItem()!["metadata"]!["name"]!.GetValue<string>().ShouldBe("new");
    }

    private static string Owners(string uid) =>
        $$""","ownerReferences":[{"apiVersion":"workload.serving.volcano.sh/v1alpha1","kind":"ModelServing","name":"m","uid":"{{uid}}","controller":true,"blockOwnerDeletion":true}]""";

    private static async Task<string?> NodeOf(MemoryServer server, string pod) =>
        (await server.GetAsync($"{Pods}/{pod}"))["spec"]!["nodeName"]?.GetValue<string>();
}
