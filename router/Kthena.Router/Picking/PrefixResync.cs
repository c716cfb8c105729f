using System.Collections.Immutable;
using Kthena.Model;
using Kthena.Model.Routing;
using Kthena.Router.Tables;
using Microsoft.Extensions.Logging;

namespace Kthena.Router.Picking;

/// <summary>
/// Asks every prefix cache now and then which life of it answers, and tells a new one what this router sent where. Requests alone
/// would not notice: a router that finds everything in its own records asks nobody, and others go on missing what only it knows.
/// </summary>
internal sealed partial class PrefixResync(SnapshotFollower snapshots, RouterOptions options, TimeProvider time, ILogger<PrefixResync> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Asks until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
                await Task.WhenAll(snapshots.Table.Servers.Where(static server => server.Cache.HasRecords).Select(AskAsync)).WaitAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopping: the records go with this router.
        }
    }

    /// <summary>One round with one prefix cache.</summary>
    internal async Task AskAsync(LiveServer server)
    {
        try
        {
            PrefixMatches answer = await server.Cache.Grain.MatchAsync(ReadOnlyMemory<byte>.Empty).WaitAsync(Patience, time);
            server.Cache.Answered();
            await SendAsync(server, server.Cache.Unheard(answer.Epoch));
            // Only now: when one batch was not taken, the next round sends all again.
            server.Cache.Heard(answer.Epoch);
        }
        catch (Exception)
        {
            // Nobody answers: the next round asks again, and requests count the failures.
        }
    }

    private async Task SendAsync(LiveServer server, ImmutableArray<PrefixRecord> records)
    {
        if (records.IsEmpty)
            return;
        LogSentAgain(records.Length, server.Compiled.View.Key);
        foreach (PrefixRecord[] batch in records.Where(record => server.IndexOf(record.EndpointUid) >= 0).Chunk(options.RecordBatchMax))
            await server.Cache.Grain.RecordAsync([.. batch]);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "The prefix cache of {Server} began anew: {Records} records are sent again.")]
    private partial void LogSentAgain(int records, NamespacedName server);
}
