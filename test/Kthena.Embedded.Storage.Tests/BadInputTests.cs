namespace Kthena.Embedded.Storage.Tests;

/// <summary>A host on a folder that it cannot have says so in one line that names the file or folder and the remedy.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Silo = "silo";
    private const string Api = "api";
    private const int PageBytes = 4096;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-bad-");

    /// <summary>The verbs of this flavour.</summary>
    public static TheoryData<string> Hosts =>
#if ORLEANS
        [Api];
#else
        [Api, Silo];
#endif

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Host_FolderOfAnotherProcess_IsRefusedAndTheOtherGoesOn(string host)
    {
        using ChildProcess first = ChildProcess.Start(host, _folder.FullName);
        await first.UntilReadyAsync();

        OnlyLine(await RefusedAsync(host)).ShouldContain("Stop that process, or choose another data folder");

        (await first.EndAsync()).ShouldBe((0, ""));
        await RunOnceAsync(host);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Host_FileLockedByAnotherProgram_IsRefused(string host)
    {
        await RunOnceAsync(host);
        // Whatever opens a store for itself holds the lock of SQLite as any other program would.
        await using (DurableStore holder = DurableStore.Open(FileOf(host)))
            OnlyLine(await RefusedAsync(host)).ShouldContain("Stop that process, or choose another data folder");
        await RunOnceAsync(host);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Host_FileIsNoDatabase_IsRefusedAndKept(string host)
    {
        byte[] rubbish = new byte[3 * PageBytes];
        new Random(1).NextBytes(rubbish);
        await File.WriteAllBytesAsync(FileOf(host), rubbish);

        string line = OnlyLine(await RefusedAsync(host));

        line.ShouldContain("damaged");
        line.ShouldContain("backup");
        (await File.ReadAllBytesAsync(FileOf(host))).ShouldBe(rubbish);
    }

    /// <summary>The check costs as much as reading the file, so it is made only after an end that was none.</summary>
    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Host_PageDamagedBeforeAnUncleanStart_IsFoundByTheCheck(string host)
    {
        await RunOnceAsync(host);
        await FillAsync(host);
        using (ChildProcess killed = ChildProcess.Start(host, _folder.FullName))
        {
            await killed.UntilReadyAsync();
            killed.Kill();
            await killed.EndAsync();
        }
        byte[] bytes = await File.ReadAllBytesAsync(FileOf(host));
        bytes.AsSpan(bytes.Length - (20 * PageBytes), PageBytes).Fill(0xAB);
        await File.WriteAllBytesAsync(FileOf(host), bytes);

        OnlyLine(await RefusedAsync(host)).ShouldContain("damaged");
        (await File.ReadAllBytesAsync(FileOf(host))).ShouldBe(bytes);
    }

    private string FileOf(string host) => Path.Combine(_folder.FullName, host == Api ? "kubernetes.db" : "state.db");

    /// <summary>Records of a space that no host reads, so that only the check comes across them.</summary>
    private async Task FillAsync(string host)
    {
        await using DurableStore store = DurableStore.Open(FileOf(host));
        for (int record = 0; record < 200; record++)
            await store.CommitAsync([StoreChange.Put("zzz", $"record-{record:D4}", new byte[2000])]);
    }

    private async Task RunOnceAsync(string host)
    {
        using ChildProcess child = ChildProcess.Start(host, _folder.FullName);
        await child.UntilReadyAsync();
        (await child.EndAsync()).ShouldBe((0, ""));
    }

    private async Task<string> RefusedAsync(string host)
    {
        using ChildProcess child = ChildProcess.Start(host, _folder.FullName);
        (int exit, string error) = await child.EndAsync();
        exit.ShouldBe(1, error);
        return error;
    }

    private string OnlyLine(string error)
    {
        string line = error.TrimEnd();
        line.ShouldNotContain("\n");
        line.ShouldContain(_folder.FullName);
        return line;
    }
}
