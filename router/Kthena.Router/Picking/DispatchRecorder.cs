using System.Threading.Channels;
using Kthena.Model.Routing;
using Kthena.Router.Gateway;
using Kthena.Router.Tables;
using Microsoft.Extensions.Logging;

namespace Kthena.Router.Picking;

/// <summary>
/// Notes where prompts go, at the moment of dispatch: in this router's memory at once, in the cluster's prefix cache what it was not
/// told of late, in batches that nobody waits for. When the queue is full, records are lost and counted: a lost record costs a hit, not a request.
/// </summary>
internal sealed partial class DispatchRecorder(RouterOptions options, TimeProvider time, ILogger<DispatchRecorder> logger)
{
    private const int QueueMax = 16 * 1024;

    private readonly Channel<(PrefixCacheLink Cache, PrefixRecord Record)> _queue =
        Channel.CreateBounded<(PrefixCacheLink, PrefixRecord)>(new BoundedChannelOptions(QueueMax) { SingleReader = true });

    private long _lost;

    /// <summary>Records that found the queue full.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Notes that a request is sent to an endpoint.</summary>
    public void Dispatched(RoutedRequest request, EndpointState endpoint)
    {
        if (request.Chain.Count == 0)
            return;
        LiveServer server = request.Server!;
        int known = endpoint.Number < request.Matched.Length ? request.Matched[endpoint.Number] : 0;
        server.Memory.Record(endpoint.Number, request.Chain.Hashes, request.Scheduling.BlocksPerEndpointMax);
        int first = server.Cache.FirstToTell(endpoint.Number, request.Chain.Hashes, known);
        if (first == request.Chain.Count)
            return;
        // A copy: the request's own is used again for the next one.
        var record = new PrefixRecord(endpoint.View.Uid, request.Chain.Bytes[(first * sizeof(ulong))..].ToArray());
        server.Cache.Remember(record);
        if (!_queue.Writer.TryWrite((server.Cache, record)))
            Interlocked.Increment(ref _lost);
    }

    /// <summary>Sends batches until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var batch = new List<(PrefixCacheLink Cache, PrefixRecord Record)>(options.RecordBatchMax);
        ChannelReader<(PrefixCacheLink, PrefixRecord)> reader = _queue.Reader;
        try
        {
            while (await reader.WaitToReadAsync(stopping))
            {
                await GatherAsync(reader, batch, stopping);
                foreach (IGrouping<PrefixCacheLink, (PrefixCacheLink Cache, PrefixRecord Record)> group in batch.GroupBy(static item => item.Cache))
                    await SendAsync(group.Key, [.. group.Select(static item => item.Record)]);
                batch.Clear();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopping: what is queued is of use to nobody any more.
        }
    }

    private async Task GatherAsync(
        ChannelReader<(PrefixCacheLink, PrefixRecord)> reader, List<(PrefixCacheLink, PrefixRecord)> batch, CancellationToken stopping)
    {
        Take(reader, batch);
        if (batch.Count >= options.RecordBatchMax)
            return;
        await Task.Delay(options.RecordInterval, time, stopping);
        Take(reader, batch);
    }

    private void Take(ChannelReader<(PrefixCacheLink, PrefixRecord)> reader, List<(PrefixCacheLink, PrefixRecord)> batch)
    {
        while (batch.Count < options.RecordBatchMax && reader.TryRead(out (PrefixCacheLink, PrefixRecord) item))
            batch.Add(item);
    }

    private async Task SendAsync(PrefixCacheLink cache, System.Collections.Immutable.ImmutableArray<PrefixRecord> records)
    {
        try
        {
            await cache.Grain.RecordAsync(records);
        }
        catch (Exception exception)
        {
            LogNotRecorded(exception, records.Length);
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Debug, Message = "{Records} dispatches were not recorded.")]
    private partial void LogNotRecorded(Exception exception, int records);
}
