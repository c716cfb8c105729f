using System.Text;

namespace Kthena.Embedded.Storage.Tests;

public sealed class DurableStoreTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-store-");

    private string File => Path.Combine(_folder.FullName, "state.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Open_AfterDispose_FindsEveryCommit()
    {
        await using (var store = DurableStore.Open(File))
        {
            await store.CommitAsync([Put("pods", "b", "2"), Put("pods", "a", "1"), Put("nodes", "n", "3")]);
            await store.CommitAsync([Put("pods", "b", "4"), StoreChange.Delete("nodes", "n")]);
        }

        await using var again = DurableStore.Open(File);
        again.WasUnclean.ShouldBeFalse();
        Read(again, "pods").ShouldBe(["a=1", "b=4"]);
        Read(again, "nodes").ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_AfterAbandon_FindsEveryAcknowledgedCommitAndSaysItWasUnclean()
    {
        var store = DurableStore.Open(File);
        await store.CommitAsync([Put("pods", "a", "1")]);
        await store.AbandonAsync();

        await using var again = DurableStore.Open(File);
        again.WasUnclean.ShouldBeTrue();
        Read(again, "pods").ShouldBe(["a=1"]);
    }

    [Fact]
    public async Task Open_OnUnix_LetsNobodyElseReadTheFiles()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using (var store = DurableStore.Open(File))
        {
            await store.CommitAsync([Put("secrets", "a", "1")]);
            ModesOfFiles().ShouldBe(["state.db UserWrite, UserRead", "state.db-wal UserWrite, UserRead"]);
        }

        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await using var again = DurableStore.Open(File);
        ModesOfFiles().ShouldAllBe(file => file.EndsWith("UserWrite, UserRead"));
    }

    [Fact]
    public async Task Commit_ManyAtOnce_KeepsTheOrderOfTheCalls()
    {
        await using (var store = DurableStore.Open(File))
        {
            await Task.WhenAll(Enumerable.Range(0, 20_000).Select(i => store.CommitAsync([Put("s", "k" + (i % 10), i.ToString())])));
        }

        await using var again = DurableStore.Open(File);
        Read(again, "s").ShouldBe(Enumerable.Range(0, 10).Select(i => $"k{i}={19_990 + i}"));
    }

    [Fact]
    public async Task Commit_Completed_DoesNotRunItsContinuationOnTheWriter()
    {
        await using var store = DurableStore.Open(File);
        for (var i = 0; i < 100; i++)
        {
            await store.CommitAsync([Put("s", "k", "v")]);
            (Thread.CurrentThread.Name ?? string.Empty).ShouldNotStartWith("store ");
        }
    }

    [Fact]
    public async Task Commit_LargerThanTheLimit_IsTakenWhenNothingElseWaits()
    {
        await using var store = DurableStore.Open(File, new DurableStoreOptions { PendingBytesMax = 1000 });
        var small = store.CommitAsync([Put("s", "a", "1")]);
        await small;
        await store.CommitAsync([StoreChange.Put("s", "big", new byte[2000])]);
        Read(store, "s").Length.ShouldBe(2);
    }

    [Fact]
    public async Task Commit_TooMuchWaiting_IsRefusedWithTheRemedy()
    {
        await using var store = DurableStore.Open(File, new DurableStoreOptions { PendingBytesMax = 1000 });
        var tasks = new List<Task>();
        var refused = Should.Throw<StoreOverloadedException>(() =>
        {
            for (var i = 0; i < 100_000; i++)
            {
                tasks.Add(store.CommitAsync([StoreChange.Put("s", "k" + i, new byte[900])]));
            }
        });
        refused.Message.ShouldContain("faster disk");
        await Task.WhenAll(tasks);
        store.ReadAll("s").Count.ShouldBe(tasks.Count);
    }

    [Fact]
    public async Task Commit_AfterDispose_Throws()
    {
        var store = DurableStore.Open(File);
        await store.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(() => store.CommitAsync([Put("s", "k", "v")]));
        await store.DisposeAsync();
    }

    [Fact]
    public async Task Open_WhileAnotherHasIt_SaysSo()
    {
        await using var store = DurableStore.Open(File);
        var fault = Should.Throw<StoreInUseException>(
            () => DurableStore.Open(File, new DurableStoreOptions { LockTimeout = TimeSpan.FromMilliseconds(1) }));
        fault.Message.ShouldContain(File);
        fault.Message.ShouldContain("another data folder");
    }

    [Fact]
    public void Open_NotADatabase_NamesTheFileAndLeavesItAlone()
    {
        System.IO.File.WriteAllText(File, "this is no database, but it is long enough to be read as one: " + new string('x', 4096));
        var before = System.IO.File.ReadAllBytes(File);
        var fault = Should.Throw<StoreDamagedException>(() => DurableStore.Open(File));
        fault.Message.ShouldContain(File);
        fault.Message.ShouldContain("backup");
        System.IO.File.ReadAllBytes(File).ShouldBe(before);
    }

    [Fact]
    public async Task Open_DamagedAfterUncleanEnd_NamesTheFileAndLeavesItAlone()
    {
        await using (var first = DurableStore.Open(File))
        {
            await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => first.CommitAsync([Put("s", $"key-{i:D5}", new string('v', 200))])));
        }

        var store = DurableStore.Open(File);
        await store.CommitAsync([Put("s", "one", "more")]);
        await store.AbandonAsync();
        var bytes = System.IO.File.ReadAllBytes(File);
        bytes.AsSpan(8 * 4096, 4096).Fill(0xAB);
        System.IO.File.WriteAllBytes(File, bytes);

        Should.Throw<StoreDamagedException>(() => DurableStore.Open(File)).Message.ShouldContain(File);
        System.IO.File.ReadAllBytes(File).ShouldBe(bytes);
    }

    [Fact]
    public void Open_FolderMissing_SaysWhatToCheck()
    {
        var missing = Path.Combine(_folder.FullName, "no", "state.db");
        Should.Throw<StoreException>(() => DurableStore.Open(missing)).Message.ShouldContain("folder");
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private string[] ModesOfFiles() =>
        [.. _folder.GetFiles().OrderBy(file => file.Name).Select(file => $"{file.Name} {file.UnixFileMode}")];

    private static StoreChange Put(string space, string key, string value) =>
        StoreChange.Put(space, key, Encoding.UTF8.GetBytes(value));

    private static string[] Read(DurableStore store, string space) =>
        [.. store.ReadAll(space).Select(record => $"{record.Key}={Encoding.UTF8.GetString(record.Value.Span)}")];
}
