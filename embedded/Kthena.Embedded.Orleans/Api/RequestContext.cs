namespace Orleans.Runtime;

/// <summary>Values that travel with a chain of calls.</summary>
public static class RequestContext
{
    private static readonly AsyncLocal<Dictionary<string, object>?> Values = new();
    private static volatile bool _used;

    /// <summary>Gets a value; null when there is none.</summary>
    public static object? Get(string key) =>
        _used && Values.Value is { } values && values.TryGetValue(key, out var value) ? value : null;

    /// <summary>Sets a value for the calls that follow on this path; callers further up do not see it.</summary>
    public static void Set(string key, object value)
    {
        _used = true;
        Values.Value = new Dictionary<string, object>(Values.Value ?? [], StringComparer.Ordinal) { [key] = value };
    }

    internal static Dictionary<string, object>? Export() => _used ? Values.Value : null;

    internal static void Import(Dictionary<string, object> values) => Values.Value = values;
}
