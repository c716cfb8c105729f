using System.Collections.Immutable;

namespace Kthena.Routing.Matching;

/// <summary>Names that a mistyped name may have meant.</summary>
public static class NearMatches
{
    private const int NameCharsMax = 128;
    private const int NamesMax = 10_000;

    /// <summary>The nearest names: those within a third of the name's length in edits, or that contain it.</summary>
    /// <param name="name">The name as it came; one that is longer than 128 characters has none.</param>
    /// <param name="known">The names there are; of more than 10,000 the first are looked at.</param>
    /// <param name="countMax">How many to return.</param>
    public static ImmutableArray<string> Of(string name, ImmutableArray<string> known, int countMax = 3)
    {
        if (name.Length is 0 or > NameCharsMax)
            return [];
        int edits = Math.Max(2, name.Length / 3);
        return
        [
            .. known.Take(NamesMax)
                .Where(static candidate => candidate.Length <= NameCharsMax)
                .Select(candidate => (candidate, distance: Distance(name, candidate, edits)))
                .Where(near => near.distance <= edits)
                .OrderBy(static near => near.distance)
                .ThenBy(static near => near.candidate, StringComparer.Ordinal)
                .Take(countMax)
                .Select(static near => near.candidate),
        ];
    }

    private static int Distance(string name, string candidate, int edits)
    {
        if (candidate.Contains(name, StringComparison.OrdinalIgnoreCase) || name.Contains(candidate, StringComparison.OrdinalIgnoreCase))
            return 1;
        return Math.Abs(name.Length - candidate.Length) > edits ? int.MaxValue : Levenshtein(name, candidate);
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
