using Kthena.Model;
using Kthena.Planning.Writes;

namespace Kthena.Grains.Apply;

/// <summary>Carries out the writes of plans against the Kubernetes API, a bounded number at once for the whole silo.</summary>
public interface IPlanApplier
{
    /// <summary>Carries out one write. What the API server refuses is a result, not an exception.</summary>
    /// <param name="write">The write.</param>
    /// <param name="serving">The object on whose behalf it is: where writes wait, those of each object come in turn.</param>
    /// <param name="cancellation">Gives up waiting; the write may still happen.</param>
    ValueTask<ApplyResult> ApplyAsync(ClusterWrite write, NamespacedName serving, CancellationToken cancellation);
}
