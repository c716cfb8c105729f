using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Logs;

/// <summary>Answers <c>pods/log</c>: which container, which of its lines, and in words why there are none.</summary>
/// <param name="state">The server's objects.</param>
/// <param name="logs">Who runs pods; null when nobody in this process does.</param>
internal sealed class PodLogReader(ServerState state, IPodLogs? logs)
{
    /// <summary>Answers one request.</summary>
    /// <param name="path">The pod.</param>
    /// <param name="query">What is wanted of its log.</param>
    public async ValueTask<ApiResponse> ReadAsync(ResourcePath path, QueryParameters query)
    {
        (PodLogQuery wanted, long? bytesMost) = Options(path.Name!, query);
        StoredObject stored;
        lock (state.Gate)
        {
            stored = state.Store.Of(state.KindOf(path)).Find(new ObjectKey(path.Namespace ?? "", path.Name!))
                ?? throw ApiError.NotFound(ResourceKinds.Pod, path.Name!);
        }
        JsonObject pod = stored.ToMutable();
        string container = ContainerOf(pod, path.Name!, query["container"]);
        string node = pod.Object("spec").String("nodeName") ?? "";
        if (node.Length == 0)
            return ApiResponse.Text(200, "");
        if (WaitingReason(pod, container) is { } reason)
            throw ApiError.BadRequest($"container \"{container}\" in pod \"{path.Name}\" is waiting to start: {reason}");
        if (logs?.Read(stored.Uid, container, wanted) is not { } lines)
        {
            throw ApiError.Unavailable(
                $"pod \"{path.Name}\" runs on node \"{node}\", which is not part of this process: only the logs of its own nodes can be read here");
        }
        // Simulated containers never start a second time.
        if (query.Flag("previous"))
            throw ApiError.BadRequest($"previous terminated container \"{container}\" in pod \"{path.Name}\" not found");
        IAsyncEnumerable<ReadOnlyMemory<byte>> text = EncodeAsync(lines, query.Flag("timestamps"), bytesMost);
        const string PlainText = "text/plain";
        if (wanted.Follows)
            return new ApiResponse(200, PlainText) { Stream = text };
        var body = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        await foreach (ReadOnlyMemory<byte> line in text)
            body.Add(line);
        return new ApiResponse(200, PlainText) { Body = body.ToImmutable() };
    }

    private (PodLogQuery Query, long? BytesMost) Options(string pod, QueryParameters query)
    {
        long? seconds = query.Number("sinceSeconds");
        long? bytes = query.Number("limitBytes");
        string instant = query["sinceTime"];
        DateTimeOffset time = default;
        var errors = new List<FieldError>();
        if (seconds is 0)
            errors.Add(FieldError.Invalid("sinceSeconds", "0", "must be greater than 0"));
        if (bytes is 0)
            errors.Add(FieldError.Invalid("limitBytes", "0", "must be greater than 0"));
        if (seconds is not null && instant.Length > 0)
            errors.Add(FieldError.Forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
        if (instant.Length > 0 && !DateTimeOffset.TryParse(instant, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time))
            errors.Add(FieldError.Invalid("sinceTime", $"\"{instant}\"", "must be an RFC 3339 time"));
        if (errors.Count > 0)
            throw ApiError.Invalid(new ResourceKind("", "v1", "podlogoptions", "PodLogOptions"), pod, errors);
        DateTimeOffset? since = seconds is { } ago ? state.Time.GetUtcNow().AddSeconds(-Math.Min(ago, int.MaxValue)) : instant.Length > 0 ? time : null;
        int? tail = query.Number("tailLines") is { } last ? (int)Math.Min(last, int.MaxValue) : null;
        return (new PodLogQuery(tail, since, query.Flag("follow")), bytes);
    }

    private static string ContainerOf(JsonObject pod, string name, string asked)
    {
        string[] containers = Names(pod, "containers");
        string[] first = Names(pod, "initContainers");
        if (asked.Length > 0)
        {
            return containers.Contains(asked) || first.Contains(asked)
                ? asked
                : throw ApiError.BadRequest($"container {asked} is not valid for pod {name}");
        }
        if (containers.Length == 1)
            return containers[0];
        string others = first.Length == 0 ? "" : $" or one of the init containers: [{string.Join(' ', first)}]";
        throw ApiError.BadRequest($"a container name must be specified for pod {name}, choose one of: [{string.Join(' ', containers)}]{others}");
    }

    private static string[] Names(JsonObject pod, string list) =>
        [.. (pod.Object("spec").Array(list) ?? []).Select(static container => container.String("name") ?? "")];

    private static string? WaitingReason(JsonObject pod, string container)
    {
        JsonObject? status = pod.Object("status");
        JsonNode? own = (status.Array("containerStatuses") ?? []).Concat(status.Array("initContainerStatuses") ?? [])
            .FirstOrDefault(other => other.String("name") == container);
        return own.Object("state").Object("waiting").String("reason");
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> EncodeAsync(
        IAsyncEnumerable<PodLogLine> lines, bool hasTimes, long? bytesMost, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        long left = bytesMost ?? long.MaxValue;
        await foreach (PodLogLine line in lines.WithCancellation(cancellation))
        {
            string time = hasTimes ? line.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z '", CultureInfo.InvariantCulture) : "";
            byte[] bytes = Encoding.UTF8.GetBytes($"{time}{line.Text}\n");
            yield return bytes.AsMemory(0, (int)Math.Min(bytes.Length, left));
            left -= bytes.Length;
            if (left <= 0)
                yield break;
        }
    }
}
