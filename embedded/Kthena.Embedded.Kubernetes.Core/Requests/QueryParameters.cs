using System.Globalization;
using Kthena.Embedded.Kubernetes.Core.Errors;

namespace Kthena.Embedded.Kubernetes.Core.Requests;

/// <summary>The parameters of a request's query; of a doubled name the first counts.</summary>
internal sealed class QueryParameters
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public QueryParameters(string query)
    {
        foreach (string pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            string name = Unescape(equals < 0 ? pair : pair[..equals]);
            _values.TryAdd(name, equals < 0 ? "" : Unescape(pair[(equals + 1)..]));
        }
    }

    public string this[string name] => _values.GetValueOrDefault(name, "");

    public bool Has(string name) => _values.ContainsKey(name);

    public bool Flag(string name) => this[name] is "true" or "1" or "True" || (Has(name) && this[name].Length == 0);

    /// <summary>A non-negative number, or null when absent.</summary>
    /// <exception cref="ApiError">It is not a number.</exception>
    public long? Number(string name)
    {
        if (this[name].Length == 0)
            return null;
        return long.TryParse(this[name], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw ApiError.BadRequest($"invalid value \"{this[name]}\" for {name}: must be a non-negative integer");
    }

    private static string Unescape(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
