using System.Collections.Immutable;
using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace Kthena.Cli.ControllerManager;

/// <summary>
/// Flags of upstream's kthena-controller-manager under which nothing else is known here, so that a Deployment keeps its arguments. What
/// has nothing to set is taken, and told of when it is used.
/// </summary>
internal sealed class UpstreamFlags
{
    private const string Logs = "the log goes to standard error";

    private readonly Option<string?> _master = new("--master")
    {
        Description = "The API server's URL; with --kubeconfig it takes the place of the one there, without it nothing proves who asks.",
        HelpName = "URL",
    };

    private readonly Option<string[]> _controllers = new("--controllers")
    {
        Description = "Which controllers run: modelserving or '*'; with '*,-modelserving' only what gateways need. The same for every silo of one cluster.",
        HelpName = "NAMES",
    };

    private readonly Option<int> _verbosity = new("--v", "-v")
    {
        Description = "How much is logged: 4 and above also what was considered, 8 and above all there is.",
        HelpName = "N",
    };

    private readonly Option<int> _workers = new("--workers") { Description = "Has no effect: each object is worked on by itself.", HelpName = "N", DefaultValueFactory = static _ => 5 };

    private readonly Option<int> _syncPeriod = new("--autoscaling-sync-period-seconds") { Description = "Has no effect: this version scales nothing by itself.", HelpName = "S" };

    private readonly Option<bool> _leaderElect = new("--leader-elect") { Description = "Has no effect: silos of one cluster share the work, and none leads." };

    private readonly ImmutableArray<Option<string?>> _logFiles = [.. new[]
    {
        "--vmodule", "--log_file", "--log_dir", "--log_file_max_size", "--log_backtrace_at", "--stderrthreshold",
    }.Select(static name => new Option<string?>(name) { Hidden = true })];

    private readonly ImmutableArray<Option<bool>> _logSwitches = [.. new[]
    {
        "--logtostderr", "--alsologtostderr", "--one_output", "--skip_headers", "--skip_log_headers", "--add_dir_header", "--legacy_stderr_threshold_behavior",
    }.Select(static name => new Option<bool>(name) { Hidden = true })];

    /// <summary>Gives them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _master, _controllers, _verbosity, _workers, _syncPeriod, _leaderElect }.Concat(_logFiles).Concat(_logSwitches))
            command.Options.Add(option);
    }

    /// <summary>What the user gave.</summary>
    public UpstreamSettings Read(ParseResult parsed)
    {
        var idle = ImmutableArray.CreateBuilder<string>();
        if (IsGiven(_leaderElect) && parsed.GetValue(_leaderElect))
            idle.Add("--leader-elect has no effect: silos of one cluster share the work, and none leads.");
        if (IsGiven(_workers))
            idle.Add("--workers has no effect: each object is worked on by itself.");
        if (IsGiven(_syncPeriod))
            idle.Add("--autoscaling-sync-period-seconds has no effect: this version scales nothing by itself.");
        foreach (Option option in _logFiles.Cast<Option>().Concat(_logSwitches).Where(IsGiven))
            idle.Add($"{option.Name} has no effect: {Logs}.");
        var controllers = new ControllerSelection(parsed.GetValue(_controllers) ?? []);
        foreach (string missing in controllers.NamedAndMissing)
            idle.Add($"--controllers names {missing}, which this version has not: its objects are kept, and nobody acts on them.");
        return new UpstreamSettings
        {
            Master = parsed.GetValue(_master) is { Length: > 0 } master ? master : null,
            Controllers = controllers,
            Workers = parsed.GetValue(_workers),
            SyncPeriodSeconds = parsed.GetValue(_syncPeriod),
            LogLevel = parsed.GetValue(_verbosity) switch { >= 8 => LogLevel.Trace, >= 4 => LogLevel.Debug, _ => LogLevel.Information },
            Idle = idle.DrainToImmutable(),
        };

        bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };
    }
}
