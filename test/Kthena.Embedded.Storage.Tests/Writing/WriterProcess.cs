namespace Kthena.Embedded.Storage.Tests.Writing;

/// <summary>The process to kill: grains, an API server and bare commits write to one folder at once.</summary>
internal static class WriterProcess
{
    public static async Task RunAsync(string folder, bool writes)
    {
        var report = new Report();
        report.Opening();
        var commits = CommitWriter.Open(folder);
        IWriter[] writers =
        [
            commits,
            await ObjectWriter.OpenAsync(folder),
#if !ORLEANS
            await Silo.GrainWriter.OpenAsync(folder),
#endif
        ];
        report.Opened(commits.WasUnclean);
        foreach (IWriter writer in writers)
            await writer.TellAsync(report);
        report.Ready();
        if (writes)
            await await Task.WhenAny(writers.SelectMany(writer => writer.Write(report)));
        foreach (IWriter writer in writers)
            await writer.DisposeAsync();
    }
}
