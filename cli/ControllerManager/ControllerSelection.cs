using System.Collections.Immutable;

namespace Kthena.Cli.ControllerManager;

/// <summary>
/// Which controllers run, in upstream's words: <c>name</c> or <c>+name</c> selects one, <c>-name</c> leaves it out, <c>*</c> selects
/// all others; of several words about one controller the first counts.
/// </summary>
/// <param name="words">The words; none selects all.</param>
internal sealed class ControllerSelection(IEnumerable<string> words)
{
    private const string All = "*";
    private const string ModelServing = "modelserving";

    /// <summary>Upstream's controllers that this version has not; their objects are kept, and nobody acts on them.</summary>
    private static readonly ImmutableArray<string> Missing = ["modelbooster", "autoscaler"];

    private readonly ImmutableArray<string> _words =
        [.. words.SelectMany(static list => list.Split(',')).Select(static word => word.Trim()).Where(static word => word.Length > 0)];

    /// <summary>Whether ModelServings and LeaderWorkerSets are served.</summary>
    public bool HasModelServing => Selects(ModelServing);

    /// <summary>Those that were named, and that this version has not.</summary>
    public IEnumerable<string> NamedAndMissing => Missing.Where(name => _words.Contains(name) || _words.Contains($"+{name}"));

    /// <summary>Every fault of the words, one sentence each.</summary>
    public IEnumerable<string> Faults() => _words
        .Where(static word => word != All && word.TrimStart('+', '-') is var name && name != ModelServing && !Missing.Contains(name))
        .Select(static word => $"--controllers does not know '{word}': name {ModelServing}, {string.Join(" or ", Missing)}, with - before one to leave it out, or {All} for all others.");

    private bool Selects(string name)
    {
        string? first = _words.FirstOrDefault(word => word.TrimStart('+', '-') == name);
        return first is null ? _words.IsEmpty || _words.Contains(All) : first[0] != '-';
    }
}
