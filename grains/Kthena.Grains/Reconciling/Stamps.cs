namespace Kthena.Grains.Reconciling;

/// <summary>Numbers that grow over all activations of a grain as far as clocks agree; a resync mends what they do not.</summary>
/// <param name="time">The clock.</param>
internal sealed class Stamps(TimeProvider time)
{
    private long _last;

    /// <summary>The next number.</summary>
    public long Next() => _last = Math.Max(_last + 1, time.GetUtcNow().UtcTicks);
}
