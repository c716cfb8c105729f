using System.Text.Json;
using Orleans.Storage;

namespace Kthena.Embedded.Runtime;

/// <summary>Keeps reminders: each is a record of its grain, whose name begins as no grain's own record does.</summary>
internal sealed class ReminderTable(IStateStorage storage)
{
    private const string Prefix = "$reminder ";

    private sealed record Times(DateTime FirstTick, TimeSpan Period);

    /// <summary>All reminders of all grains, in a fixed order.</summary>
    public IEnumerable<Reminder> All() =>
        storage.List(Prefix).Select(record => Parse(record.Id, record.State));

    /// <summary>All reminders of one grain, in a fixed order.</summary>
    public IEnumerable<Reminder> Of(GrainClass grainClass, string key) =>
        All().Where(reminder => reminder.Id.Key == key && reminder.Id.GrainClass == grainClass.Name);

    public Reminder? Find(StateId id) => storage.Read(id) is { } stored ? Parse(id, stored) : null;

    /// <summary>The record of a reminder. Its name is escaped, because a record's name must be one line.</summary>
    public static StateId IdOf(GrainClass grainClass, string key, string reminderName) =>
        new(grainClass.Name, key, Prefix + Uri.EscapeDataString(reminderName));

    /// <summary>Stores a reminder in the place of whatever is stored.</summary>
    public async Task PutAsync(StateId id, DateTime firstTick, TimeSpan period)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new Times(firstTick, period));
        while (true)
        {
            try
            {
                await storage.WriteAsync(id, json, storage.Read(id)?.Etag);
                return;
            }
            catch (InconsistentStateException)
            {
                // Another one was set meanwhile: this one is later.
            }
        }
    }

    /// <summary>Removes a reminder; false if it was set anew since it was read.</summary>
    public async Task<bool> RemoveAsync(Reminder reminder)
    {
        try
        {
            await storage.ClearAsync(reminder.Id, reminder.Etag);
            return true;
        }
        catch (InconsistentStateException)
        {
            return storage.Read(reminder.Id) is null;
        }
    }

    private static Reminder Parse(StateId id, StoredState stored)
    {
        var times = JsonSerializer.Deserialize<Times>(stored.Json.Span)!;
        return new Reminder(id, Uri.UnescapeDataString(id.Name[Prefix.Length..]), times.FirstTick, times.Period, stored.Etag);
    }
}
