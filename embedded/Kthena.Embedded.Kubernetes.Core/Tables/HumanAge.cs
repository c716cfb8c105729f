using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Tables;

/// <summary>Durations as kubectl shows them: two units at most, coarser as they grow.</summary>
internal static class HumanAge
{
    /// <summary>The time since an object's creation.</summary>
    public static string Of(JsonObject json, DateTimeOffset now) => Since(json.Object("metadata").String("creationTimestamp"), now);

    /// <summary>The time since an instant written as text.</summary>
    public static string Since(string? instant, DateTimeOffset now) =>
        DateTimeOffset.TryParse(instant, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset then)
            ? Text(now - then)
            : "<unknown>";

    public static string Text(TimeSpan span)
    {
        long seconds = Math.Max(0, (long)span.TotalSeconds);
        long minutes = seconds / 60, hours = minutes / 60, days = hours / 24, years = days / 365;
        return seconds switch
        {
            < 2 * 60 => $"{seconds}s",
            < 10 * 60 => Two(minutes, "m", seconds % 60, "s"),
            < 3 * 3600 => $"{minutes}m",
            < 8 * 3600 => Two(hours, "h", minutes % 60, "m"),
            < 48 * 3600 => $"{hours}h",
            < 8 * 86400 => Two(days, "d", hours % 24, "h"),
            < 2 * 365 * 86400L => $"{days}d",
            < 8 * 365 * 86400L => Two(years, "y", days % 365, "d"),
            _ => $"{years}y",
        };
    }

    private static string Two(long large, string largeUnit, long small, string smallUnit) =>
        small == 0 ? $"{large}{largeUnit}" : $"{large}{largeUnit}{small}{smallUnit}";
}
