using Kthena.Model.Routing;
using Kthena.Router.Gateway;
using Kthena.Router.Tables;
using Kthena.Routing.Prompt;
using Kthena.Routing.Scheduling;

namespace Kthena.Router.Picking;

/// <summary>What a request sees of the endpoints: all that its pick depends on, at one moment.</summary>
internal static class EndpointSight
{
    // So little is computed along with the steps of others.
    private const long FreeBytes = 256;

    /// <summary>How much of a prompt an endpoint must compute.</summary>
    public static long UncachedBytes(PromptHashOptions hash, int promptBlocks, int matchedBlocks) =>
        Math.Max(0, hash.BytesOf(promptBlocks) - hash.BytesOf(matchedBlocks) - FreeBytes);

    public static void Look(
        RoutedRequest request, LiveServer server, PrefixMatches matches, PromptHashOptions hash, DateTimeOffset now, Span<EndpointObservation> seen)
    {
        EndpointState[] endpoints = server.Endpoints;
        for (int index = 0; index < endpoints.Length; index++)
        {
            int number = endpoints[index].Number;
            seen[index] = new EndpointObservation(endpoints[index].AllInFlight, number < request.Matched.Length ? request.Matched[number] : 0);
        }
        foreach (PrefixMatch match in matches.Endpoints)
        {
            if (server.IndexOf(match.EndpointUid) is int index and >= 0 && seen[index].MatchedBlocks < match.Blocks)
                seen[index] = seen[index] with { MatchedBlocks = match.Blocks };
        }
        for (int index = 0; index < endpoints.Length; index++)
            seen[index] = Complete(request, endpoints[index], hash, now, seen[index]);
    }

    private static EndpointObservation Complete(
        RoutedRequest request, EndpointState endpoint, PromptHashOptions hash, DateTimeOffset now, in EndpointObservation seen)
    {
        EndpointLoad? load = endpoint.Load;
        float perByte = endpoint.Rates.SecondsPerKiB / 1024;
        EndpointTraits traits = endpoint.View.IsDraining ? EndpointTraits.Draining : EndpointTraits.None;
        if (endpoint.Breaker.IsRefusing(now))
            traits |= EndpointTraits.BreakerOpen;
        if (load is { IsReachable: false })
            traits |= EndpointTraits.NotReady;
        if (request.Route.IsAdapter && load is { Models.IsEmpty: false } && load.Models.AsSpan().BinarySearch(request.Model, StringComparer.Ordinal) < 0)
            traits |= EndpointTraits.LacksAdapter;
        return seen with
        {
            Waiting = load?.Waiting ?? 0,
            Running = load?.Running ?? 0,
            KvUsage = (float)(load?.KvUsage ?? 0),
            TimeToFirstToken = (float)(load?.TimeToFirstToken ?? 0),
            TimePerOutputToken = (float)(load?.TimePerOutputToken ?? 0),
            BacklogSeconds = (float)endpoint.PrefillBacklogSeconds(now) + (seen.InFlight * endpoint.Rates.SecondsPerRequest),
            PrefillSeconds = UncachedBytes(hash, request.Chain.Count, seen.MatchedBlocks) * perByte,
            Traits = traits,
        };
    }
}
