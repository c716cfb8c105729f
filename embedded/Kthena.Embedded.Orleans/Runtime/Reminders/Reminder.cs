using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>A reminder as it is stored.</summary>
/// <param name="Id">The record that it is stored as.</param>
/// <param name="ReminderName">Its name within the grain.</param>
/// <param name="FirstTick">When its first tick is due, UTC.</param>
/// <param name="Period">From tick to tick.</param>
/// <param name="Etag">The record's version.</param>
internal sealed record Reminder(StateId Id, string ReminderName, DateTime FirstTick, TimeSpan Period, string Etag) : IGrainReminder
{
    /// <summary>The first tick that is due at a moment or later: ticks that nobody was there to send are not made up for.</summary>
    public DateTime TickFrom(DateTime now)
    {
        if (now <= FirstTick)
        {
            return FirstTick;
        }

        var sinceTick = TimeSpan.FromTicks((now - FirstTick).Ticks % Period.Ticks);
        return sinceTick == TimeSpan.Zero ? now : now + (Period - sinceTick);
    }
}
