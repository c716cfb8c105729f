using Kthena.Grains.Bridge;
using Kthena.Grains.Facts;
using Kthena.Model.Resources;

namespace Kthena.Grains.Reconciling;

/// <summary>
/// Keeps a shell from planning on facts that are older than what it was told of or than what it wrote itself.
/// </summary>
/// <param name="facts">The facts.</param>
/// <param name="time">The clock.</param>
internal sealed class CacheGate(IClusterFacts facts, TimeProvider time)
{
    /// <summary>
    /// A version that does not come for this long never will: the API server's data was replaced, or the object left what
    /// this silo watches. Planning on what there is beats standing still for ever.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SortedDictionary<string, (long Version, DateTimeOffset Since)> _expected = new(StringComparer.Ordinal);

    /// <summary>Whether the facts tell of everything that is expected.</summary>
    public bool IsOpen
    {
        get
        {
            if (!facts.HasSynced)
                return false;
            foreach (ResourceKind kind in ChangeRoutes.Kinds)
            {
                if (_expected.TryGetValue(kind.Kind, out (long Version, DateTimeOffset Since) expected)
                    && (facts.ObservedVersion(kind) >= expected.Version || time.GetUtcNow() - expected.Since > Patience))
                {
                    _expected.Remove(kind.Kind);
                }
            }
            return _expected.Count == 0;
        }
    }

    /// <summary>Closes the gate until the facts of a kind have come this far.</summary>
    /// <param name="kind">The kind, such as <c>Pod</c>.</param>
    /// <param name="version">The version of an event or of an own write; 0 expects nothing.</param>
    public void Expect(string kind, long version)
    {
        if (version > 0 && (!_expected.TryGetValue(kind, out (long Version, DateTimeOffset) before) || before.Version < version))
            _expected[kind] = (version, time.GetUtcNow());
    }
}
