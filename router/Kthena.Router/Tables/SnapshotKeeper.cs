using Kthena.Model.Routing;
using Microsoft.Extensions.Logging;

namespace Kthena.Router.Tables;

/// <summary>Keeps the routing table on disk, off the way of requests, and brings it back when a router starts where no silo is.</summary>
internal sealed partial class SnapshotKeeper(SnapshotFollower snapshots, string? path, TimeProvider time, ILogger<SnapshotKeeper> logger)
{
    // During a rollout tables follow each other closely; the newest a second counts.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ConfirmInterval = TimeSpan.FromSeconds(30);

    private readonly SnapshotFile? _file = path is null ? null : new SnapshotFile(path);
    private RoutingSnapshot? _kept;
    private DateTimeOffset _keptConfirmedAt;
    private bool _isFailing;

    /// <summary>Brings the table back. What cannot be used is told and left alone: the router starts without a table then.</summary>
    public void Restore()
    {
        try
        {
            if (_file?.Read() is not { Table.Version: > 0 } found)
                return;
            snapshots.Begin(found.Table, found.ConfirmedAt);
            (_kept, _keptConfirmedAt) = (snapshots.Table.Routes.Snapshot, found.ConfirmedAt);
            LogRestored(path!, found.Table.Version, found.ConfirmedAt);
        }
        catch (Exception unusable) when (unusable is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            LogUnusable(unusable, path!);
        }
    }

    /// <summary>Keeps the table until it is stopped, and a last time then.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (_file is null)
            return;
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
                Keep(_file);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Keep(_file);
        }
    }

    private void Keep(SnapshotFile file)
    {
        (RoutingSnapshot newest, DateTimeOffset confirmedAt) = (snapshots.Table.Routes.Snapshot, snapshots.ConfirmedAt);
        bool isNew = newest.Version != 0 && !ReferenceEquals(newest, _kept);
        if (!isNew && (_kept is null || confirmedAt - _keptConfirmedAt < ConfirmInterval))
            return;
        try
        {
            if (isNew)
                file.Write(newest, confirmedAt);
            else
                file.Confirm(confirmedAt);
            (_kept, _keptConfirmedAt, _isFailing) = (newest, confirmedAt, false);
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // Somebody may have taken the file away: the next round writes it anew.
            _kept = null;
            if (!_isFailing)
                LogNotKept(fault, path!);
            _isFailing = true;
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning,
        Message = "Begins with the routing table of {Path}: version {Version}, true at {ConfirmedAt:u}. No silo has confirmed it yet.")]
    private partial void LogRestored(string path, long version, DateTimeOffset confirmedAt);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "The routing table in {Path} cannot be used.")]
    private partial void LogUnusable(Exception exception, string path);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "The routing table cannot be kept in {Path}.")]
    private partial void LogNotKept(Exception exception, string path);
}
