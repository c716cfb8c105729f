using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Embedded.Kubernetes.Core.Watching;
using static Kthena.Embedded.Kubernetes.Tests.Core.MemoryServer;

namespace Kthena.Embedded.Kubernetes.Tests.Core;

public class WatchTests
{
    [Fact]
    public async Task Watch_FromListVersion_SeesEachChangeOnce()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync(Pods, Pod("a"));
        string version = (await server.GetAsync(Pods))["metadata"]!["resourceVersion"]!.GetValue<string>();

        using WatchStream watch = await server.WatchAsync($"{Pods}?watch=true&resourceVersion={version}");
        await server.CreateAsync(Pods, Pod("b"));
        await server.MergeAsync($"{Pods}/a", """{"metadata":{"labels":{"x":"1"}}}""");
        await server.SendAsync("DELETE", $"{Pods}/a");

        Read(watch).ShouldBe(["ADDED b", "MODIFIED a", "DELETED a"]);
    }

    [Fact]
    public async Task Watch_WithoutVersion_BeginsWithTheState()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync(Pods, Pod("a"));

        using WatchStream watch = await server.WatchAsync($"{Pods}?watch=1");

        Read(watch).ShouldBe(["ADDED a"]);
    }

    [Fact]
    public async Task Watch_InitialEvents_EndWithMarkedBookmark()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync(Pods, Pod("a"));

        using WatchStream watch = await server.WatchAsync($"{Pods}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan");
        List<JsonNode> frames = ReadJson(watch);

        frames.Select(static frame => frame["type"]!.GetValue<string>()).ShouldBe(["ADDED", "BOOKMARK"]);
        frames[1]["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.GetValue<string>().ShouldBe("true");
    }

    [Fact]
    public async Task Watch_LabelThatComesAndGoes_IsAddedAndDeleted()
    {
        MemoryServer server = await StartBareAsync();
        await server.CreateAsync(Pods, Pod("a"));
        using WatchStream watch = await server.WatchAsync($"{Pods}?watch=1&labelSelector=x%3D1");

        await server.MergeAsync($"{Pods}/a", """{"metadata":{"labels":{"x":"1"}}}""");
        await server.MergeAsync($"{Pods}/a", """{"metadata":{"labels":{"x":"2"}}}""");

        Read(watch).ShouldBe(["ADDED a", "DELETED a"]);
    }

    [Fact]
    public async Task Watch_ForgottenVersion_IsExpired()
    {
        MemoryServer server = await StartBareAsync(historyLength: 64);
        string version = (await server.GetAsync(Pods))["metadata"]!["resourceVersion"]!.GetValue<string>();
        await server.CreateAsync(Pods, Pod("a"));
        for (int change = 0; change < 70; change++)
            await server.MergeAsync($"{Pods}/a", $$$$"""{"metadata":{"labels":{"x":"{{{{change}}}}"}}}""");

        ApiResponse response = await server.SendAsync("GET", $"{Pods}?watch=1&resourceVersion={version}");

        response.Status.ShouldBe(410);
        response.BodyJson().GetProperty("reason").GetString().ShouldBe("Expired");
    }

    [Fact]
    public async Task Watch_ThatFallsBehind_EndsWithError()
    {
        MemoryServer server = await StartBareAsync(historyLength: 64);
        using WatchStream watch = await server.WatchAsync($"{Pods}?watch=1");
        await server.CreateAsync(Pods, Pod("a"));
        for (int change = 0; change < 70; change++)
            await server.MergeAsync($"{Pods}/a", $$$$"""{"metadata":{"labels":{"x":"{{{{change}}}}"}}}""");

        JsonNode frame = ReadJson(watch).ShouldHaveSingleItem();

        frame["type"]!.GetValue<string>().ShouldBe("ERROR");
        frame["object"]!["code"]!.GetValue<int>().ShouldBe(410);
        (await watch.WaitToReadAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task Watch_WaitingReader_IsWokenByChange()
    {
        MemoryServer server = await StartBareAsync();
        using WatchStream watch = await server.WatchAsync($"{Pods}?watch=1");

        Task<bool> waiting = watch.WaitToReadAsync().AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await server.CreateAsync(Pods, Pod("a"));

        (await waiting).ShouldBeTrue();
        Read(watch).ShouldBe(["ADDED a"]);
    }

    [Fact]
    public async Task Watch_AfterItsTimeout_Ends()
    {
        MemoryServer server = await StartBareAsync();
        using WatchStream watch = await server.WatchAsync($"{Pods}?watch=1&timeoutSeconds=5");

        Task<bool> waiting = watch.WaitToReadAsync().AsTask();
        server.Time.Advance(TimeSpan.FromSeconds(5));

        (await waiting).ShouldBeFalse();
    }

    [Fact]
    public async Task Watch_WithBookmarks_GetsOneEachMinute()
    {
        MemoryServer server = await StartBareAsync();
        using WatchStream watch = await server.WatchAsync($"{Pods}?watch=1&allowWatchBookmarks=true");
        await server.CreateAsync("/api/v1/namespaces", """{"metadata":{"name":"other"}}""");

        server.Time.Advance(TimeSpan.FromSeconds(60));

        JsonNode bookmark = ReadJson(watch).ShouldHaveSingleItem();
        bookmark["type"]!.GetValue<string>().ShouldBe("BOOKMARK");
        bookmark["object"]!["metadata"]!["resourceVersion"]!.GetValue<string>()
            .ShouldBe((await server.GetAsync(Pods))["metadata"]!["resourceVersion"]!.GetValue<string>());
    }

    [Fact]
    public async Task Watch_OfOneName_SeesOnlyThatObject()
    {
        MemoryServer server = await StartBareAsync();
        using WatchStream watch = await server.WatchAsync($"{Pods}?watch=1&fieldSelector=metadata.name%3Db");

        await server.CreateAsync(Pods, Pod("a"));
        await server.CreateAsync(Pods, Pod("b"));

        Read(watch).ShouldBe(["ADDED b"]);
    }

    [Fact]
    public async Task Watch_WriteThatIsNotDurableYet_IsNotSeen()
    {
        var journal = new HeldJournal();
        MemoryServer server = await StartBareAsync(journal: journal);
        using WatchStream watch = await server.WatchAsync($"{Pods}?watch=1");
        journal.Hold();

        Task<ApiResponse> creating = server.SendAsync("POST", Pods, Pod("a"));
        Read(watch).ShouldBeEmpty();
        creating.IsCompleted.ShouldBeFalse();
        journal.Release();

        (await creating).Status.ShouldBe(201);
        Read(watch).ShouldBe(["ADDED a"]);
    }

    [Fact]
    public async Task Watch_OfStateAheadOfTheDisk_DoesNotRepeatIt()
    {
        var journal = new HeldJournal();
        MemoryServer server = await StartBareAsync(journal: journal);
        journal.Hold();
        Task<ApiResponse> creating = server.SendAsync("POST", Pods, Pod("a"));

        using WatchStream watch = await server.WatchAsync($"{Pods}?watch=1");
        journal.Release();
        await creating;

        Read(watch).ShouldBe(["ADDED a"]);
    }
}
