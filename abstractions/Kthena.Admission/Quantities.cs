using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kthena.Admission;

/// <summary>Quantities as Kubernetes writes them, such as <c>0.5</c>, <c>500m</c>, <c>2Gi</c> or <c>1e3</c>.</summary>
internal static partial class Quantities
{
    private const string DecimalUnits = "kMGTPE";

    /// <summary>Reads a quantity, a JSON number or text; null when it is none; infinite when no number holds it.</summary>
    public static double? Parse(JsonElement value)
    {
        string? text = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String => value.GetString(),
            _ => null,
        };
        Match match = text is null ? Match.Empty : Quantity().Match(text);
        if (!match.Success)
            return null;
        string unit = match.Groups["unit"].Value;
        string number = match.Groups["number"].Value;
        if (unit is ['e' or 'E', _, ..])
            return double.Parse(number + unit, NumberStyles.Float, CultureInfo.InvariantCulture);
        // In decimal, 570m is exactly 0.57.
        return decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact) && unit is "n" or "u" or "m" or ""
            ? (double)(exact * SmallUnit(unit))
            : double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture) * Unit(unit);
    }

    private static decimal SmallUnit(string unit) => unit switch { "n" => 1e-9m, "u" => 1e-6m, "m" => 1e-3m, _ => 1m };

    private static double Unit(string unit) => unit switch
    {
        "" or "n" or "u" or "m" => (double)SmallUnit(unit),
        [char letter] => Math.Pow(1000, DecimalUnits.IndexOf(letter, StringComparison.Ordinal) + 1),
        _ => Math.Pow(1024, DecimalUnits.IndexOf(char.ToLowerInvariant(unit[0]) == 'k' ? 'k' : unit[0], StringComparison.Ordinal) + 1),
    };

    [GeneratedRegex(@"\A(?<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?<unit>[KMGTPE]i|[eE][+-]?[0-9]+|[numkMGTPE]|)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Quantity();
}
