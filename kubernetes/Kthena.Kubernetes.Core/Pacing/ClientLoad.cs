namespace Kthena.Kubernetes.Core;

/// <summary>What a client has to do at an instant.</summary>
/// <param name="WritesInFlight">Writes that were sent and are not answered, or are about to be sent again.</param>
/// <param name="Waiting">Requests that wait for their turn.</param>
/// <param name="Lanes">Objects on whose behalf writes wait.</param>
/// <param name="HeldFor">How long the server still wants writes held back.</param>
public readonly record struct ClientLoad(int WritesInFlight, int Waiting, int Lanes, TimeSpan HeldFor);
