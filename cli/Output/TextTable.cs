using System.Globalization;

namespace Kthena.Cli.Output;

/// <summary>Writes rows under headings, each column as wide as its widest cell, as kubectl does.</summary>
internal static class TextTable
{
    private const int Gap = 3;

    /// <summary>Writes a table.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="headings">The headings.</param>
    /// <param name="rows">The rows, with as many cells.</param>
    public static void Write(TextWriter output, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] all = [headings, .. rows];
        int[] widths = [.. headings.Select((_, column) => all.Max(row => row[column].Length) + Gap)];
        foreach (IReadOnlyList<string> row in all)
            output.WriteLine(string.Concat(row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    /// <summary>How long ago an instant is, as kubectl writes ages: <c>45s</c>, <c>12m</c>, <c>3h</c>, <c>9d</c>.</summary>
    /// <param name="then">The instant.</param>
    /// <param name="now">The present.</param>
    public static string Age(DateTimeOffset then, DateTimeOffset now)
    {
        TimeSpan age = now > then ? now - then : TimeSpan.Zero;
        (double number, string unit) = age switch
        {
            { TotalMinutes: < 2 } => (age.TotalSeconds, "s"),
            { TotalHours: < 2 } => (age.TotalMinutes, "m"),
            { TotalDays: < 2 } => (age.TotalHours, "h"),
            _ => (age.TotalDays, "d"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(number)}{unit}");
    }
}
