using System.Buffers;
using System.Globalization;

namespace Kthena.Router.Settings;

/// <summary>Reads durations as Go writes them, such as <c>5m</c>, <c>1h30m</c>, <c>1.5s</c> or <c>0</c>.</summary>
public static class GoDuration
{
    private static readonly SearchValues<char> Amount = SearchValues.Create("0123456789.");

    /// <summary>Reads one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">What it says; never negative.</param>
    /// <returns>Whether it is a duration.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text is "0")
            return true;
        double seconds = 0;
        bool isAny = false;
        while (!text.IsEmpty)
        {
            int digits = text.IndexOfAnyExcept(Amount);
            if (digits <= 0 || !double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double amount))
                return false;
            text = text[digits..];
            int unit = text.IndexOfAny(Amount);
            ReadOnlySpan<char> name = unit < 0 ? text : text[..unit];
            if (Seconds(name) is not { } factor)
                return false;
            seconds += amount * factor;
            text = text[name.Length..];
            isAny = true;
        }
        if (!isAny || seconds > TimeSpan.MaxValue.TotalSeconds / 2)
            return false;
        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static double? Seconds(ReadOnlySpan<char> unit) => unit switch
    {
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        "ms" => 1e-3,
        "us" or "µs" => 1e-6,
        "ns" => 1e-9,
        _ => null,
    };
}
