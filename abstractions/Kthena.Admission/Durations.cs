using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kthena.Admission;

/// <summary>Durations as Kubernetes writes them, such as <c>1m30s</c> or <c>250ms</c>.</summary>
internal static partial class Durations
{
    public const string Form = "must be a duration such as 15s or 1m30s";

    /// <summary>Reads a duration; null when the text is none.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (text == "0")
            return TimeSpan.Zero;
        Match match = GoDuration().Match(text);
        if (!match.Success)
            return null;
        double seconds = 0;
        for (int part = 0; part < match.Groups["amount"].Captures.Count; part++)
        {
            double amount = double.Parse(match.Groups["amount"].Captures[part].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
            seconds += amount * match.Groups["unit"].Captures[part].Value switch
            {
                "h" => 3600,
                "m" => 60,
                "s" => 1,
                "ms" => 1e-3,
                "ns" => 1e-9,
                _ => 1e-6,
            };
        }
        // What does not fit is no duration there either: Go's longest is 292 years.
        return seconds <= TimeSpan.MaxValue.TotalSeconds / 100 ? TimeSpan.FromSeconds(text[0] == '-' ? -seconds : seconds) : null;
    }

    /// <summary>Complains about a member that is there and no duration of at most <paramref name="most"/>.</summary>
    public static void Check(JsonElement json, string member, string path, TimeSpan most, string range, ErrorList errors)
    {
        JsonElement value = json.Member(member);
        if (!value.IsThere())
            return;
        if (value.ValueKind != JsonValueKind.String || Parse(value.GetString()!) is not { } duration)
            errors.Invalid($"{path}.{member}", Form, value);
        else if (duration < TimeSpan.Zero || duration > most)
            errors.Invalid($"{path}.{member}", range, value);
    }

    [GeneratedRegex(@"\A[+-]?(?:(?<amount>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?<unit>h|ms|m|s|us|µs|μs|ns))+\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex GoDuration();
}
