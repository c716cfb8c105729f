namespace Kthena.Routing.Phases;

/// <summary>Where prefill and decode of one request meet, for <see cref="KvHandover.Bootstrap"/>.</summary>
/// <param name="Host">The address of the prefill endpoint.</param>
/// <param name="Room">The number that both are told: from 0, 63 bits, another for each attempt.</param>
public readonly record struct KvMeeting(string Host, long Room);
