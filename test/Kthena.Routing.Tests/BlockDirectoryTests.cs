using Kthena.Routing.KvIndex;

namespace Kthena.Routing.Tests;

public sealed class BlockDirectoryTests
{
    /// <summary>The inverse of the directory's multiplier, so that a test can say which line a hash goes to.</summary>
    private const ulong Unmixer = 0xF1DE83E19937733D;

    [Theory]
    [InlineData(1, 100, 4000)]
    [InlineData(2, 5000, 5000)]
    [InlineData(3, 1, 300)]
    public void RandomHistory_AnswersAsADictionary(int seed, int capacity, int capacityMax)
    {
        // Few lines take most of the entries, so that many are full, also the last one before the first.
        var random = new Random(seed);
        var directory = new BlockDirectory(capacity, capacityMax);
        Block[][] blocks = [new Block[1 << BlockTable.SegmentBits]];
        var model = new Dictionary<ulong, int>();
        var free = new Stack<int>(Enumerable.Range(0, capacityMax));
        for (int step = 0; step < 40_000; step++)
        {
            ulong hash = Crowded(random);
            directory.Find(hash, blocks).ShouldBe(model.GetValueOrDefault(hash, -1), $"seed {seed}, step {step}");
            if (model.Remove(hash, out int slot))
            {
                directory.Remove(hash, slot);
                free.Push(slot);
            }
            else if (free.TryPop(out slot))
            {
                blocks[0][slot].Hash = hash;
                directory.Add(hash, slot);
                model.Add(hash, slot);
            }
            directory.Count.ShouldBe(model.Count);
        }
        foreach ((ulong hash, int slot) in model)
            directory.Find(hash, blocks).ShouldBe(slot);
    }

    private static ulong Crowded(Random random)
    {
        ulong mixed = random.Next(4) switch
        {
            // The same tag for all.
            0 => (7UL << 32) | (uint)random.Next(60),
            // The same line, or the last one.
            1 => ((ulong)random.Next(100) << 32) | (uint)random.Next(3),
            2 => (((ulong)uint.MaxValue - (uint)random.Next(100)) << 32) | (uint)random.Next(3),
            _ => (ulong)random.Next(2000) << 51,
        };
        return mixed * Unmixer;
    }
}
