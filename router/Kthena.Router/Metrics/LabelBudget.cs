using System.Collections.Concurrent;

namespace Kthena.Router.Metrics;

/// <summary>Lets so many values of a label stand for themselves; later ones are <see cref="Other"/>.</summary>
/// <param name="valuesMax">How many.</param>
internal sealed class LabelBudget(int valuesMax)
{
    public const string Other = "other";

    private readonly ConcurrentDictionary<string, string> _values = new(StringComparer.Ordinal);

    public string Bound(string value)
    {
        if (_values.TryGetValue(value, out string? known))
            return known;
        return _values.Count < valuesMax ? _values.GetOrAdd(value, value) : Other;
    }
}
