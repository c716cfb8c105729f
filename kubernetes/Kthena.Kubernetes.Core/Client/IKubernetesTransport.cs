namespace Kthena.Kubernetes.Core;

/// <summary>
/// What carries requests to an API server: HTTP in a process, a direct call with faults in the simulation.
/// Safe for use from several callers at once.
/// </summary>
public interface IKubernetesTransport
{
    /// <summary>Sends one request and reads the whole answer. An answer with an error status is an answer, not an exception.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Gives up waiting; the server may still carry the request out.</param>
    /// <exception cref="KubernetesUnreachableException">No answer came.</exception>
    Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken);

    /// <summary>Opens a watch and yields each event's JSON, <c>{"type":..,"object":..}</c>, as it arrives.</summary>
    /// <param name="request">A GET whose query contains <c>watch=true</c>.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <returns>The events. An item's bytes are valid only until the next one is asked for. The end is a watch that the server closed.</returns>
    /// <exception cref="KubernetesApiException">The server refused the watch.</exception>
    /// <exception cref="KubernetesUnreachableException">The server could not be reached, or the stream broke.</exception>
    IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(KubernetesRequest request, CancellationToken cancellationToken);
}
