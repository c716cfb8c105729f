namespace Kthena.Parity;

/// <summary>
/// embedded/api.txt: a section per assembly that a type belongs to, in it a line per member, "signature | who needs it".
/// </summary>
internal static class ApiList
{
    public sealed record Entry(string Assembly, string Signature, string NeededBy);

    public static string File { get; } = Path.Combine(AppContext.BaseDirectory, "api.txt");

    public static Entry[] Read() => [.. Parse(System.IO.File.ReadLines(File))];

    private static IEnumerable<Entry> Parse(IEnumerable<string> lines)
    {
        var assembly = string.Empty;
        foreach (var line in lines.Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line[0] == '[')
            {
                assembly = line[1..^1];
                continue;
            }

            var parts = line.Split(" | ", 2);
            yield return new Entry(assembly, parts[0].Trim(), parts.Length > 1 ? parts[1].Trim() : string.Empty);
        }
    }
}
