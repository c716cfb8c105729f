using System.Diagnostics;
using System.Text;
using Kthena.Model.Routing;
using Kthena.Router.Gateway;
using Kthena.Router.Metrics;
using Kthena.Router.Scheduling;
using Kthena.Router.Tables;
using Kthena.Router.Tracing;
using Kthena.Routing.Phases;
using Kthena.Routing.Prompt;
using Kthena.Routing.Scheduling;
using Kthena.Routing.Scheduling.Configuration;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Picking;

/// <summary>
/// The third stage: ranks the endpoints by what they hold of the prompt and by load. At most one call to a grain is awaited, the
/// look-up in the prefix cache, under its deadline; not for a prompt under two blocks, nor when this router's own records name
/// an endpoint that holds all of it, nor where there is nothing to choose.
/// </summary>
internal sealed class EndpointPicker(
    RouterOptions options, SchedulerSource scheduler, PickLog picks, RouterInstruments instruments, TimeProvider time)
{
    private const int BlocksWorthAsking = 2;

    private readonly PluginSampler _sampler = new(instruments, time);
    private long _answeredLookups;
    private long _failedLookups;
    private long _skippedLookups;

    /// <summary>Look-ups in the cluster's prefix cache that it answered in time.</summary>
    public long AnsweredLookups => Volatile.Read(ref _answeredLookups);

    /// <summary>Look-ups that it did not answer, or too late.</summary>
    public long FailedLookups => Volatile.Read(ref _failedLookups);

    /// <summary>Look-ups that were left out because several before had failed.</summary>
    public long SkippedLookups => Volatile.Read(ref _skippedLookups);

    /// <summary>Reads the prompt: its blocks, and about how many tokens it has.</summary>
    public void ReadPrompt(RoutedRequest request)
    {
        SchedulerSettings settings = request.Scheduling = scheduler.Current;
        request.TakeChain(PromptHasher.Rent(request.BodyBytes.Span, request.Body, settings.PromptHash, IndexOf(request), out byte[] buffer), buffer);
    }

    public async ValueTask<RouteError?> PickAsync(RoutedRequest request)
    {
        using Activity? span = RouterSpans.Pick(request);
        LiveServer server = request.Server!;
        if (!request.HasChain)
            ReadPrompt(request);
        int longest = MatchLocally(request, server);
        PrefixMatches matches = PrefixMatches.None;
        bool isWorthAsking = server.Endpoints.Length > 1 && request.Chain.Count >= BlocksWorthAsking && longest < request.Chain.Count;
        if (isWorthAsking && !server.Cache.IsOpen)
        {
            Interlocked.Increment(ref _skippedLookups);
        }
        else if (isWorthAsking)
        {
            matches = await LookUpAsync(request, server);
            // While this one asked, others of its burst were sent: their records stay out of the cluster's answer for a few milliseconds.
            MatchLocally(request, server);
        }
        return Rank(request, server, matches, span);
    }

    /// <summary>Ranks those that prefill for a decode endpoint, by what the request saw when that one was ranked.</summary>
    /// <param name="request">The request; receives them.</param>
    /// <param name="decode">The index of the decode endpoint.</param>
    /// <param name="emptiedBy">Receives the filter that left nobody, when one did.</param>
    /// <returns>How many there are.</returns>
    public int RankPrefill(RoutedRequest request, int decode, ref string? emptiedBy)
    {
        LiveServer server = request.Server!;
        (SchedulingProfile profile, PromptHashOptions hash) = (request.Scheduling.Profile, request.Scheduling.PromptHash);
        Span<EndpointObservation> observations = request.Scratch.Observations(server.Endpoints.Length);
        var input = new PickInput
        {
            Endpoints = observations,
            Among = server.Compiled.Pairs!.PrefillFor(decode),
            PromptBlocks = request.Chain.Count,
            Seed = request.Seed,
        };
        Span<int> ranked = request.RankedPrefill;
        int count = profile.Pick(input, request.Scratch, ranked, out string? filter);
        emptiedBy = filter ?? emptiedBy;
        picks.Add(request.RequestId, request.Table.Version, server.Compiled.View, profile, input, ranked[..count]);
        for (int place = 0; place < count; place++)
            request.RankedPrefillBytes[place] = EndpointSight.UncachedBytes(hash, request.Chain.Count, observations[ranked[place]].MatchedBlocks);
        return count;
    }

    /// <summary>Filters left nobody.</summary>
    public static RouteError NobodyFits(string? emptiedBy) => new(
        StatusCodes.Status503ServiceUnavailable, "scheduling", "no_endpoint_fits",
        $"can't schedule to target pod: pods have all been filtered out by \"{emptiedBy}\"");

    /// <summary>The model or adapter that the engine is asked for selects the index.</summary>
    private static ulong IndexOf(RoutedRequest request) =>
        request.Route.IsAdapter || request.Server!.Compiled.ModelHash == 0
            ? XxHash64.Hash(Encoding.UTF8.GetBytes(request.Model))
            : request.Server.Compiled.ModelHash;

    private static int MatchLocally(RoutedRequest request, LiveServer server)
    {
        int numbers = server.Memory.Numbers;
        if (request.Matched.Length < numbers)
            request.Matched = new int[Math.Max(16, numbers * 2)];
        return server.Memory.Match(request.Chain.Hashes, request.Matched.AsSpan(0, numbers));
    }

    private async ValueTask<PrefixMatches> LookUpAsync(RoutedRequest request, LiveServer server)
    {
        try
        {
            Task<PrefixMatches> answer = server.Cache.Grain.MatchAsync(request.Chain.Bytes);
            PrefixMatches matches = answer.IsCompletedSuccessfully
                ? await answer
                : await answer.WaitAsync(options.PrefixLookupDeadline, time, request.Http.RequestAborted);
            server.Cache.Answered();
            Interlocked.Increment(ref _answeredLookups);
            return matches;
        }
        catch (OperationCanceledException) when (request.Http.RequestAborted.IsCancellationRequested)
        {
            request.IsChainLent = true;
            return PrefixMatches.None;
        }
        catch (Exception)
        {
            // Whatever keeps the cache from answering in time, the pick goes on without it; the link counts the failures and pauses.
            request.IsChainLent = true;
            server.Cache.Failed();
            Interlocked.Increment(ref _failedLookups);
            return PrefixMatches.None;
        }
    }

    private static int Best(ReadOnlySpan<EndpointObservation> observations)
    {
        int best = 0;
        foreach (EndpointObservation observation in observations)
            best = Math.Max(best, observation.MatchedBlocks);
        return best;
    }

    private RouteError? Rank(RoutedRequest request, LiveServer server, PrefixMatches matches, Activity? span)
    {
        (SchedulingProfile profile, PromptHashOptions hash) = (request.Scheduling.Profile, request.Scheduling.PromptHash);
        Span<EndpointObservation> observations = request.Scratch.Observations(server.Endpoints.Length);
        EndpointSight.Look(request, server, matches, hash, time.GetUtcNow(), observations);
        PhasePairs? pairs = server.Compiled.Pairs;
        pairs?.Join(observations);
        var input = new PickInput
        {
            Endpoints = observations,
            Among = pairs is null ? default : pairs.Decode,
            PromptBlocks = request.Chain.Count,
            Seed = request.Seed,
        };
        Span<int> ranked = request.Ranked;
        request.RankedCount = profile.Pick(input, request.Scratch, ranked, out string? emptiedBy);
        picks.Add(request.RequestId, request.Table.Version, server.Compiled.View, profile, input, ranked[..request.RankedCount]);
        _sampler.Sample(request, profile, input);
        int matchedBlocks = Best(observations);
        instruments.Picked(request, matchedBlocks);
        RouterSpans.Picked(span, request, matchedBlocks);
        for (int rank = 0; rank < request.RankedCount; rank++)
            request.RankedBytes[rank] = EndpointSight.UncachedBytes(hash, request.Chain.Count, observations[ranked[rank]].MatchedBlocks);
        // Who prefills is picked later, by what was seen now.
        if (pairs is null)
            request.EndPicking();
        return request.RankedCount > 0 ? null : NobodyFits(emptiedBy);
    }
}
