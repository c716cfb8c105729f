namespace Kthena.Router.Forwarding;

/// <summary>What one attempt at an engine is made under.</summary>
/// <param name="UncachedBytes">How much of the prompt the endpoint must compute.</param>
/// <param name="TellsFirstToken">Whether the answer shows when that is done.</param>
/// <param name="MayMoveOn">Whether another endpoint is asked when this one says that it is unavailable.</param>
/// <param name="HeadersTimeout">What is to be called off when the engine's headers come; null for nothing.</param>
internal readonly record struct AttemptTerms(
    long UncachedBytes, bool TellsFirstToken, bool MayMoveOn = false, CancellationTokenSource? HeadersTimeout = null);
