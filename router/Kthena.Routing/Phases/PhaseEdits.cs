using System.Globalization;
using System.Text;
using System.Text.Json;
using Kthena.Routing.Body;

namespace Kthena.Routing.Phases;

/// <summary>What changes in a body for each of its two phases. What the client sent stays where it stood, byte for byte, but for these members.</summary>
public static class PhaseEdits
{
    private static readonly byte[] One = "1"u8.ToArray();
    private static readonly byte[] Null = "null"u8.ToArray();
    private static readonly byte[] False = "false"u8.ToArray();
    private static readonly byte[] GivesAway = """{"do_remote_decode":true,"do_remote_prefill":false}"""u8.ToArray();

    /// <summary>The body for prefill: the same prompt, one token, and no stream.</summary>
    /// <param name="json">The body.</param>
    /// <param name="body">Its spans.</param>
    /// <param name="model">The engine's name of the model as the inside of a JSON string; empty keeps the client's.</param>
    /// <param name="path">The request's path: <c>/v1/responses</c> has another word for the most tokens.</param>
    /// <param name="handover">How the KV cache goes on.</param>
    /// <param name="meeting">Where both meet; only for <see cref="KvHandover.Bootstrap"/>.</param>
    public static BodyEdits Prefill(
        ReadOnlySpan<byte> json, RequestBody body, ReadOnlyMemory<byte> model, string path, KvHandover handover, KvMeeting meeting)
    {
        bool isResponses = path.EndsWith("/responses", StringComparison.Ordinal);
        var members = new List<MemberValue>
        {
            new("stream", False, IsAdded: false),
            new("stream_options", Null, IsAdded: false),
            new("max_tokens", One, IsAdded: !isResponses),
            new("max_output_tokens", One, IsAdded: isResponses),
            new("max_completion_tokens", One, IsAdded: false),
            // More than one token at least would contradict one at most.
            new("min_tokens", One, IsAdded: false),
        };
        if (handover == KvHandover.TransferParams)
            members.Add(new MemberValue("kv_transfer_params", GivesAway));
        AddMeeting(members, handover, meeting);
        return MemberValues.Plan(json, body, members, BodyEdits.Plan(json, body, model, requestUsage: false));
    }

    /// <summary>The body for decode.</summary>
    /// <param name="json">The body.</param>
    /// <param name="body">Its spans.</param>
    /// <param name="model">The engine's name of the model as the inside of a JSON string; empty keeps the client's.</param>
    /// <param name="requestUsage">Whether a stream must end with its usage even when the client did not ask for it.</param>
    /// <param name="handover">How the KV cache comes.</param>
    /// <param name="transferParams">What the prefill's answer said, as it stood there; empty when it said nothing.</param>
    /// <param name="meeting">Where both meet; only for <see cref="KvHandover.Bootstrap"/>.</param>
    public static BodyEdits Decode(
        ReadOnlySpan<byte> json, RequestBody body, ReadOnlyMemory<byte> model, bool requestUsage,
        KvHandover handover, ReadOnlyMemory<byte> transferParams, KvMeeting meeting)
    {
        BodyEdits plain = BodyEdits.Plan(json, body, model, requestUsage);
        if (handover == KvHandover.Store)
            return plain;
        var members = new List<MemberValue>();
        if (handover == KvHandover.TransferParams)
            members.Add(new MemberValue("kv_transfer_params", transferParams.IsEmpty ? Null : transferParams));
        AddMeeting(members, handover, meeting);
        return MemberValues.Plan(json, body, members, plain);
    }

    /// <summary>The <c>kv_transfer_params</c> of a prefill's answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <returns>Where they stand in it; <see cref="TextSpan.None"/> when it has none, or is no JSON object.</returns>
    public static TextSpan TransferParams(ReadOnlySpan<byte> answer)
    {
        TextSpan found = MemberValues.Find(answer, "kv_transfer_params"u8);
        return found.Exists && found.In(answer).SequenceEqual(Null) ? TextSpan.None : found;
    }

    private static void AddMeeting(List<MemberValue> members, KvHandover handover, KvMeeting meeting)
    {
        if (handover != KvHandover.Bootstrap)
            return;
        members.Add(new MemberValue("bootstrap_host", Encoding.UTF8.GetBytes(JsonSerializer.Serialize(meeting.Host))));
        members.Add(new MemberValue("bootstrap_room", Encoding.UTF8.GetBytes(meeting.Room.ToString(CultureInfo.InvariantCulture))));
    }
}
