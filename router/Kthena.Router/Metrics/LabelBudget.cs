using System.Collections.Concurrent;

namespace Kthena.Router.Metrics;

/// <summary>Lets so many values of a label stand for themselves; later ones are <see cref="Other"/>.</summary>
/// <param name="valuesMax">How many, besides those that are known.</param>
/// <param name="known">Values that stand for themselves whatever came before them: nobody can use up their place.</param>
internal sealed class LabelBudget(int valuesMax, params string[] known)
{
    public const string Other = "other";

    private readonly ConcurrentDictionary<string, string> _values =
        new(known.Select(static value => KeyValuePair.Create(value, value)), StringComparer.Ordinal);

    private readonly int _valuesMax = valuesMax + known.Length;

    public string Bound(string value)
    {
        if (_values.TryGetValue(value, out string? bound))
            return bound;
        return _values.Count < _valuesMax ? _values.GetOrAdd(value, value) : Other;
    }
}
