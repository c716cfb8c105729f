using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kthena.Benchmarks;

/// <summary>
/// The bytes that an operation may allocate, from <c>budgets.json</c>: one figure for each build configuration, since a debug build
/// allocates more. Measured in a process of its own whose code is compiled once and for good, so that runs agree.
/// </summary>
internal static class Budgets
{
    private const double Room = 1.1;
    private const int RoomBytes = 32;
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How the measured code was built: <c>debug</c> or <c>release</c>.</summary>
    public static string Configuration { get; } =
        typeof(Kthena.Router.RouterHost).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true } ? "debug" : "release";

    /// <summary>The command that writes new budgets from what it measures.</summary>
    public static string RenewCommand { get; } =
        $"dotnet run --project test/Benchmarks -c {CultureInfo.InvariantCulture.TextInfo.ToTitleCase(Configuration)} -- budgets";

    private static string FilePath => Metadata("Budgets");

    /// <summary>The budgets of this configuration.</summary>
    public static SortedDictionary<string, long> Read()
    {
        var budgets = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach ((string name, SortedDictionary<string, long> figures) in ReadAll())
        {
            if (figures.TryGetValue(Configuration, out long budget))
                budgets.Add(name, budget);
        }
        return budgets;
    }

    /// <summary>Measures in a process of its own.</summary>
    public static async Task<SortedDictionary<string, long>> MeasureAsync()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Budgets).Assembly.Location, "allocations"]) { RedirectStandardOutput = true };
        start.Environment["DOTNET_TieredCompilation"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"Measuring ended with {process.ExitCode}: {output}");
        return JsonSerializer.Deserialize<SortedDictionary<string, long>>(output)!;
    }

    /// <summary>The verb <c>allocations</c>: measures here and prints.</summary>
    public static async Task PrintAsync() => Console.WriteLine(JsonSerializer.Serialize(await Allocations.MeasureAsync(), Layout));

    /// <summary>The verb <c>budgets</c>: measures and sets this configuration's budgets a tenth above.</summary>
    public static async Task RenewAsync()
    {
        SortedDictionary<string, SortedDictionary<string, long>> all = ReadAll();
        foreach ((string name, long bytes) in await MeasureAsync())
        {
            if (!all.TryGetValue(name, out SortedDictionary<string, long>? figures))
                all[name] = figures = new SortedDictionary<string, long>(StringComparer.Ordinal);
            long before = figures.GetValueOrDefault(Configuration);
            figures[Configuration] = bytes == 0 ? 0 : (long)(bytes * Room) + RoomBytes;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-56} {bytes,9:N0} B, budget {before,9:N0} -> {figures[Configuration],9:N0}"));
        }
        await File.WriteAllTextAsync(FilePath, JsonSerializer.Serialize(all, Layout) + "\n");
    }

    private static SortedDictionary<string, SortedDictionary<string, long>> ReadAll() =>
        JsonSerializer.Deserialize<SortedDictionary<string, SortedDictionary<string, long>>>(File.ReadAllText(FilePath))!;

    private static string Metadata(string key) => typeof(Budgets).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(entry => entry.Key == key).Value!;
}
