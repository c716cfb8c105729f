namespace Kthena.Embedded.Simulation;

/// <summary>A hash of text that is the same in every process, unlike the framework's.</summary>
internal static class StableHash
{
    private const ulong Start = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Of(params ReadOnlySpan<string> parts)
    {
        var hash = Start;
        foreach (var part in parts)
        {
            foreach (var letter in part)
            {
                hash = unchecked((hash ^ letter) * Prime);
            }

            hash = unchecked((hash ^ 0xffff) * Prime);
        }

        // The last letters reach the high bits too, by which names that differ at their ends are told apart.
        hash = unchecked((hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15);
        return hash ^ (hash >> 29);
    }
}
