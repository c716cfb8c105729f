using System.Collections.Immutable;

namespace Kthena.Routing.Matching;

/// <summary>Names that a mistyped name may have meant.</summary>
public static class NearMatches
{
    private const int NameCharsMax = 128;
    private const int NamesMax = 10_000;

    // A wrong name must not cost the router more than a right one: pairs of letters that are compared.
    private const int WorkMax = 1 << 20;

    /// <summary>The nearest names: those within a third of the name's length in edits, or that contain it.</summary>
    /// <param name="name">The name as it came; one that is longer than 128 characters has none.</param>
    /// <param name="known">The names there are; of more than 10,000 the first are looked at, and edits are counted only as long as that costs a few milliseconds.</param>
    /// <param name="countMax">How many to return.</param>
    public static ImmutableArray<string> Of(string name, ImmutableArray<string> known, int countMax = 3)
    {
        if (name.Length is 0 or > NameCharsMax)
            return [];
        int edits = Math.Max(2, name.Length / 3);
        int work = WorkMax;
        var near = new List<(string Name, int Distance)>();
        foreach (string candidate in known.AsSpan()[..Math.Min(known.Length, NamesMax)])
        {
            if (candidate.Length <= NameCharsMax && Distance(name, candidate, edits, ref work) is int distance && distance <= edits)
                near.Add((candidate, distance));
        }
        return
        [
            .. near.OrderBy(static one => one.Distance).ThenBy(static one => one.Name, StringComparer.Ordinal).Take(countMax).Select(static one => one.Name),
        ];
    }

    private static int Distance(string name, string candidate, int edits, ref int work)
    {
        if (candidate.Contains(name, StringComparison.OrdinalIgnoreCase) || name.Contains(candidate, StringComparison.OrdinalIgnoreCase))
            return 1;
        if (Math.Abs(name.Length - candidate.Length) > edits || work < name.Length * candidate.Length)
            return int.MaxValue;
        work -= name.Length * candidate.Length;
        return Levenshtein(name, candidate);
    }

    private static int Levenshtein(string left, string right)
    {
        Span<int> row = stackalloc int[NameCharsMax + 1];
        for (int column = 0; column <= right.Length; column++)
            row[column] = column;
        for (int line = 1; line <= left.Length; line++)
        {
            int diagonal = row[0];
            row[0] = line;
            for (int column = 1; column <= right.Length; column++)
            {
                bool same = char.ToLowerInvariant(left[line - 1]) == char.ToLowerInvariant(right[column - 1]);
                int replaced = diagonal + (same ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.Min(replaced, Math.Min(row[column], row[column - 1]) + 1);
            }
        }
        return row[right.Length];
    }
}
