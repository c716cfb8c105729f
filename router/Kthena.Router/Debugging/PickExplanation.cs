using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Kthena.Model.Routing;
using Kthena.Routing.Scheduling;

namespace Kthena.Router.Debugging;

/// <summary>Tells why a pick came out as it did, and does it again: the same record must give the same endpoints in the same order.</summary>
internal static class PickExplanation
{
    private static readonly JsonSerializerOptions Snake = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Picks, newest first, as <c>{"picks": […]}</c>.</summary>
    public static byte[] Write(ImmutableArray<PickRecord> picks) => JsonBytes.Of(
        json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("picks"u8);
            foreach (PickRecord pick in picks)
                Write(json, pick);
            json.WriteEndArray();
            json.WriteEndObject();
        },
        isIndented: true);

    /// <summary>The pick of one request, with those of who prefills for it under <c>prefill</c>, the first one first.</summary>
    public static byte[] Write(PickRecord pick, IReadOnlyList<PickRecord> prefills) => JsonBytes.Of(
        json =>
        {
            json.WriteStartObject();
            WriteInside(json, pick);
            if (prefills.Count > 0)
            {
                json.WriteStartArray("prefill"u8);
                foreach (PickRecord prefill in prefills.Reverse())
                    Write(json, prefill);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        },
        isIndented: true);

    private static void Write(Utf8JsonWriter json, PickRecord pick)
    {
        json.WriteStartObject();
        WriteInside(json, pick);
        json.WriteEndObject();
    }

    private static void WriteInside(Utf8JsonWriter json, PickRecord pick)
    {
        SchedulingProfile profile = pick.Profile;
        json.WriteNumber("sequence"u8, pick.Sequence);
        json.WriteString("request_id"u8, pick.RequestId);
        // Numbers this large lose digits in many readers.
        json.WriteString("snapshot_version"u8, $"{pick.SnapshotVersion}");
        json.WriteString("model_server"u8, pick.Server.Key.ToString());
        if (pick.Phase != EndpointPhase.Whole)
            json.WriteString("phase"u8, pick.Phase == EndpointPhase.Prefill ? "prefill"u8 : "decode"u8);
        json.WriteString("profile"u8, profile.Name);
        json.WriteNumber("prompt_blocks"u8, pick.PromptBlocks);
        json.WriteString("seed"u8, $"{pick.Seed}");
        WriteScorers(json, profile);
        WriteCandidates(json, pick, profile);
        WriteNames(json, "picked", pick, pick.Ranked.AsSpan());
        Replay(json, pick, profile);
    }

    private static void WriteScorers(Utf8JsonWriter json, SchedulingProfile profile)
    {
        json.WriteStartArray("filters"u8);
        foreach (IEndpointFilter filter in profile.Filters)
            json.WriteStringValue(filter.Name);
        json.WriteEndArray();
        json.WriteStartObject("weights"u8);
        foreach (WeightedScorer weighted in profile.Scorers)
            json.WriteNumber(weighted.Scorer.Name, weighted.Weight);
        json.WriteEndObject();
    }

    private static void WriteCandidates(Utf8JsonWriter json, PickRecord pick, SchedulingProfile profile)
    {
        Dictionary<int, ScoredEndpoint> scored = profile.Explain(pick.Input).ToDictionary(static endpoint => endpoint.Endpoint);
        Dictionary<int, string> filtered = Filtered(pick, profile);
        json.WriteStartArray("candidates"u8);
        int[] among = new int[pick.Input.Count];
        pick.Input.Fill(among);
        foreach (int index in among)
        {
            json.WriteStartObject();
            json.WriteString("pod"u8, pick.Server.Endpoints[index].Pod.ToString());
            foreach ((string name, JsonNode? value) in JsonSerializer.SerializeToNode(pick.Observations[index], Snake)!.AsObject())
            {
                json.WritePropertyName(name);
                value!.WriteTo(json);
            }
            if (scored.TryGetValue(index, out ScoredEndpoint? endpoint))
                WriteScores(json, endpoint, profile);
            else
                json.WriteString("filtered_by"u8, filtered.GetValueOrDefault(index, ""));
            if (pick.Ranked.IndexOf(index) is int rank and >= 0)
                json.WriteNumber("rank"u8, rank + 1);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteScores(Utf8JsonWriter json, ScoredEndpoint endpoint, SchedulingProfile profile)
    {
        float total = 0;
        json.WriteStartObject("scores"u8);
        for (int scorer = 0; scorer < profile.Scorers.Length; scorer++)
        {
            json.WriteNumber(profile.Scorers[scorer].Scorer.Name, endpoint.Scores[scorer]);
            total += profile.Scorers[scorer].Weight * endpoint.Scores[scorer];
        }
        json.WriteEndObject();
        json.WriteNumber("total"u8, total);
    }

    private static Dictionary<int, string> Filtered(PickRecord pick, SchedulingProfile profile)
    {
        var filtered = new Dictionary<int, string>();
        Span<int> candidates = new int[pick.Input.Count];
        pick.Input.Fill(candidates);
        foreach (IEndpointFilter filter in profile.Filters)
        {
            int[] before = candidates.ToArray();
            candidates = candidates[..filter.Narrow(pick.Input, candidates)];
            int[] after = candidates.ToArray();
            foreach (int gone in before.Except(after))
                filtered[gone] = filter.Name;
        }
        return filtered;
    }

    private static void Replay(Utf8JsonWriter json, PickRecord pick, SchedulingProfile profile)
    {
        Span<int> ranked = stackalloc int[SchedulingProfile.RankedMax];
        int count = profile.Pick(pick.Input, new PickScratch(), ranked, out _);
        json.WriteStartObject("replay"u8);
        WriteNames(json, "picked", pick, ranked[..count]);
        json.WriteBoolean("is_same"u8, pick.Ranked.AsSpan().SequenceEqual(ranked[..count]));
        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, string name, PickRecord pick, ReadOnlySpan<int> indices)
    {
        json.WriteStartArray(name);
        foreach (int index in indices)
            json.WriteStringValue(pick.Server.Endpoints[index].Pod.ToString());
        json.WriteEndArray();
    }
}
