using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Housekeeping;

/// <summary>
/// Removes events that were not touched for an hour, as a cluster does. It looks only when an event is written, and not
/// more often than every few minutes, so that a server at rest does nothing.
/// </summary>
internal sealed class EventExpiry(ServerState state)
{
    private static readonly TimeSpan Age = TimeSpan.FromHours(1);
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(5);

    private DateTimeOffset _next = state.Time.GetUtcNow() + Period;

    public bool HasWork { get; private set; }

    public void Observe() => HasWork |= state.Time.GetUtcNow() >= _next;

    public void Plan(ChangeSet changes)
    {
        if (!HasWork)
            return;
        DateTimeOffset now = state.Time.GetUtcNow();
        KindStore events = state.Store.Find(ResourceKinds.Event.ToString())!;
        foreach (StoredObject stored in events.Objects.Values)
        {
            JsonObject json = stored.ToMutable();
            if (now - LastSeen(json, now) < Age)
                continue;
            // What does not fit into this step is found by the next.
            if (changes.IsFull || changes.IsTouched(events.Kind, stored.Key))
                return;
            changes.Add(stored.Key, new ObjectChange(events.Kind, json, IsDelete: true));
        }
        HasWork = false;
        _next = now + Period;
    }

    private static DateTimeOffset LastSeen(JsonObject json, DateTimeOffset now)
    {
        DateTimeOffset latest = DateTimeOffset.MinValue;
        foreach (string? text in (string?[])[json.String("lastTimestamp"), json.String("eventTime"), json.Object("metadata").String("creationTimestamp")])
        {
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset seen) && seen > latest)
                latest = seen;
        }
        return latest == DateTimeOffset.MinValue ? now : latest;
    }
}
