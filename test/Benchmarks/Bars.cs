using System.Globalization;

namespace Kthena.Benchmarks;

/// <summary>The figures that DESIGN asks for, and what was measured: a line for each as it comes, and all of them again at the end.</summary>
internal static class Bars
{
    private static readonly List<string> Lines = [];

    /// <summary>A figure that must not be more than the bar.</summary>
    public static void AtMost(string what, double measured, double bar, string unit) => Note(measured <= bar, what, measured, "at most", bar, unit);

    /// <summary>A figure that must not be less than the bar.</summary>
    public static void AtLeast(string what, double measured, double bar, string unit) => Note(measured >= bar, what, measured, "at least", bar, unit);

    /// <summary>A benchmark that came to no figure.</summary>
    public static void Failed(string what, Exception exception)
    {
        Console.WriteLine(exception);
        Lines.Add($"bar FAILED  {what}: {exception.Message}");
    }

    /// <summary>Prints every line once more.</summary>
    public static void PrintAll()
    {
        Console.WriteLine();
        foreach (string line in Lines)
            Console.WriteLine(line);
    }

    private static void Note(bool isMet, string what, double measured, string relation, double bar, string unit)
    {
        string line = string.Create(
            CultureInfo.InvariantCulture, $"bar {(isMet ? "met   " : "MISSED")}  {what}: {$"{measured:#,0.###} {unit}".TrimEnd()}, {relation} {bar:#,0.###}");
        Lines.Add(line);
        Console.WriteLine(line);
    }
}
