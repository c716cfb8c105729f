using System.Security.Cryptography;
using System.Text;
using Kthena.Routing.Scheduling.Configuration;
using Microsoft.Extensions.Logging;

namespace Kthena.Router.Scheduling;

/// <summary>
/// How requests are scheduled: the options' way, or that of upstream's file, which is read again when its content changes. A file
/// that cannot be used any more leaves the last good one in force.
/// </summary>
internal sealed partial class SchedulerSource
{
    private const long FileBytesMax = 1024 * 1024;

    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(50);

    private readonly string? _path;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger<SchedulerSource> _logger;
    private SchedulerSettings _current;
    private string _fingerprint = "";
    private long _reloads;
    private long _failures;
    private bool _isGood = true;

    private SchedulerSource(SchedulerSettings settings, RouterOptions options, TimeProvider time, ILogger<SchedulerSource> logger) =>
        (_current, _path, _interval, _time, _logger) = (settings, options.SchedulerFilePath, options.SchedulerFileCheckInterval, time, logger);

    /// <summary>What is in force; a request reads it once.</summary>
    public SchedulerSettings Current => Volatile.Read(ref _current);

    /// <summary>How often a changed file was taken.</summary>
    public long Reloads => Volatile.Read(ref _reloads);

    /// <summary>How often a changed file could not be used.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>Whether what is in force is what the file says.</summary>
    public bool IsGood => Volatile.Read(ref _isGood);

    /// <summary>Whether there is a file.</summary>
    public bool HasFile => _path is not null;

    /// <summary>Reads the settings for the first time.</summary>
    /// <param name="options">The router's options; without a file they decide.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where warnings and reloads are told of.</param>
    /// <param name="faults">Receives a sentence for each error of the file.</param>
    public static SchedulerSource Open(RouterOptions options, TimeProvider time, ILogger<SchedulerSource> logger, ICollection<string> faults)
    {
        var source = new SchedulerSource(
            new SchedulerSettings { Profile = options.Profile, PromptHash = options.PromptHash }, options, time, logger);
        if (options.SchedulerFilePath is not { } path)
            return source;
        SchedulerReading reading = source.Read(out source._fingerprint);
        foreach (string error in reading.Errors)
            faults.Add($"{path}: {error}");
        if (reading.Settings is { } settings)
            source.Take(settings);
        return source;
    }

    /// <summary>Looks at the file until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (_path is null)
            return;
        using var timer = new PeriodicTimer(_interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
                await LookAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopping: the file may change as it likes.
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        SchedulerReading reading = Read(out string fingerprint);
        if (fingerprint == _fingerprint)
            return;
        // Half a file may be a file too: only what stays as it is was written to its end.
        await Task.Delay(Settling, _time, stopping);
        Read(out string settled);
        if (settled != fingerprint)
            return;
        _fingerprint = fingerprint;
        if (reading.Settings is { } settings)
        {
            Take(settings);
            Volatile.Write(ref _isGood, true);
            Interlocked.Increment(ref _reloads);
            LogReloaded(_path!);
            return;
        }
        Volatile.Write(ref _isGood, false);
        Interlocked.Increment(ref _failures);
        LogNotReloaded(_path!, string.Join(' ', reading.Errors));
    }

    private void Take(SchedulerSettings settings)
    {
        Volatile.Write(ref _current, settings);
        foreach (string warning in settings.Warnings)
            LogWarning(_path!, warning);
    }

    /// <summary>Reads the file; what keeps it from being read is an error like another.</summary>
    private SchedulerReading Read(out string fingerprint)
    {
        try
        {
            if (new FileInfo(_path!).Length is var length and > FileBytesMax)
                return Fault($"The file is {length} bytes long; {FileBytesMax} are allowed.", out fingerprint);
            string text = File.ReadAllText(_path!);
            fingerprint = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
            return SchedulerFile.Read(YamlJson.Read(text), $"file-{fingerprint[..8]}");
        }
        catch (FormatException malformed)
        {
            return Fault($"The file {malformed.Message}.", out fingerprint);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Fault($"The file cannot be read: {unreadable.Message}", out fingerprint);
        }
    }

    /// <summary>The same fault again is no change.</summary>
    private static SchedulerReading Fault(string fault, out string fingerprint)
    {
        fingerprint = fault;
        return new SchedulerReading(null, [fault]);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Schedules by the new content of {Path}.")]
    private partial void LogReloaded(string path);

    [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "{Path} cannot be used; the last good content stays in force. {Errors}")]
    private partial void LogNotReloaded(string path, string errors);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "{Path}: {Warning}")]
    private partial void LogWarning(string path, string warning);
}
