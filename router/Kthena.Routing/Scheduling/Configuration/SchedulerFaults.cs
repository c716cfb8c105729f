using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Kthena.Routing.Matching;

namespace Kthena.Routing.Scheduling.Configuration;

/// <summary>Gathers what is wrong with a scheduler file.</summary>
internal sealed class SchedulerFaults
{
    private readonly List<string> _errors = [];
    private readonly List<string> _warnings = [];

    public bool HasErrors => _errors.Count > 0;

    public ImmutableArray<string> Errors => [.. _errors];

    public ImmutableArray<string> Warnings => [.. _warnings];

    public void Error(string path, string fault) => _errors.Add(Sentence(path, fault));

    public void Warning(string path, string fault) => _warnings.Add(Sentence(path, fault));

    public void Unknown(string path, string kind, string name, string[] known)
    {
        ImmutableArray<string> near = NearMatches.Of(name, [.. known]);
        string hint = near.IsEmpty ? $"known are {string.Join(", ", known)}" : $"did you mean {string.Join(" or ", near)}";
        Error(path, $"is an unknown {kind} '{name}'; {hint}");
    }

    /// <summary>A number, also one that YAML spells as text (<c>.nan</c>, quoted digits); not a number when it is none.</summary>
    public static double Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => double.NaN,
    };

    private static string Sentence(string path, string fault) => path.Length == 0 ? $"The file {fault}." : $"{path} {fault}.";
}
