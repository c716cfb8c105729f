using Kthena.Routing;

namespace Kthena.Router.Tables;

/// <summary>
/// Which prompts and beginnings of prompts were told of late. A table of fixed size where each has one place: who is pushed out of it
/// is told once more than needed. Not thread-safe.
/// </summary>
/// <param name="ticksPerSecond">The clock's.</param>
internal sealed class ToldPrefixes(long ticksPerSecond)
{
    private const int Places = 2048;

    private readonly (ulong Key, long At)[] _told = new (ulong, long)[Places];

    /// <summary>The first block of a prompt that must be told.</summary>
    /// <param name="endpoint">Where the prompt is.</param>
    /// <param name="chain">Its blocks.</param>
    /// <param name="known">How many of them were known to be there before.</param>
    /// <param name="now">The clock's timestamp.</param>
    /// <returns>0 for all, the number of blocks for none.</returns>
    public int First(int endpoint, ReadOnlySpan<ulong> chain, int known, long now)
    {
        bool wasTold = known > 0 && IsRecent(KeyOf(endpoint, chain[known - 1]), now);
        if (!wasTold && known > 0)
            Note(KeyOf(endpoint, chain[known - 1]), now);
        if (known < chain.Length)
            Note(KeyOf(endpoint, chain[^1]), now);
        return wasTold ? known : 0;
    }

    private static ulong KeyOf(int endpoint, ulong block) => Chance.Mix(block + ((ulong)(uint)endpoint << 32));

    private bool IsRecent(ulong key, long now)
    {
        (ulong told, long at) = _told[key % Places];
        return told == key && now - at < ticksPerSecond;
    }

    private void Note(ulong key, long now) => _told[key % Places] = (key, now);
}
