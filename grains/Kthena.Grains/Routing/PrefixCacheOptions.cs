namespace Kthena.Grains.Routing;

/// <summary>How much a prefix cache may remember.</summary>
public sealed class PrefixCacheOptions
{
    /// <summary>
    /// The most memory that the blocks of one model server may use, in bytes. Default: 64 MiB, which is a million blocks; small at
    /// first. At least 64 KiB.
    /// </summary>
    public long MemoryBudgetBytes { get; set; } = 64 * 1024 * 1024;
}
