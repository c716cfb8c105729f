using System.CommandLine;
using System.CommandLine.Parsing;
using Kthena.Router.Settings;

namespace Kthena.Cli.Clustering;

/// <summary>The flags of <see cref="FailureDetection"/>.</summary>
internal sealed class FailureDetectionFlags
{
    private static readonly FailureDetection Default = new();

    private readonly Option<TimeSpan> _probeTimeout = Duration("--probe-timeout", "How long another silo may take to answer a probe.", Default.ProbeTimeout);
    private readonly Option<int> _missedProbes = Number("--missed-probes", "After how many unanswered probes a silo is suspected.", Default.ProbesMissedMax);
    private readonly Option<int> _deathVotes = Number("--death-votes", "How many silos must suspect one before it is dead.", Default.DeathVotes);
    private readonly Option<TimeSpan> _voteLifetime = Duration("--vote-lifetime", "How long a suspicion counts.", Default.VoteLifetime);
    private readonly Option<TimeSpan> _refresh = Duration("--membership-refresh", "How often a silo reads the membership unasked.", Default.TableRefresh);
    private readonly Option<TimeSpan> _aliveInterval = Duration("--alive-interval", "How often a silo writes that it is alive.", Default.AliveInterval);

    /// <summary>Gives them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _probeTimeout, _missedProbes, _deathVotes, _voteLifetime, _refresh, _aliveInterval })
            command.Options.Add(option);
    }

    /// <summary>What the user gave.</summary>
    public FailureDetection Read(ParseResult parsed) => new()
    {
        ProbeTimeout = parsed.GetValue(_probeTimeout),
        ProbesMissedMax = parsed.GetValue(_missedProbes),
        DeathVotes = parsed.GetValue(_deathVotes),
        VoteLifetime = parsed.GetValue(_voteLifetime),
        TableRefresh = parsed.GetValue(_refresh),
        AliveInterval = parsed.GetValue(_aliveInterval),
    };

    private static Option<int> Number(string name, string description, int otherwise) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => otherwise,
    };

    private static Option<TimeSpan> Duration(string name, string description, TimeSpan otherwise) => new(name)
    {
        Description = $"{description} Such as 2s or 500ms.",
        HelpName = "DURATION",
        DefaultValueFactory = _ => otherwise,
        CustomParser = static result => Parse(result),
    };

    private static TimeSpan Parse(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        if (!GoDuration.TryParse(text, out TimeSpan duration))
            result.AddError($"'{text}' is no duration: give one such as 2s or 500ms.");
        return duration;
    }
}
