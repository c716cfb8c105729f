using Kthena.Embedded.Runtime;
using Orleans.Runtime;

namespace Orleans
{
    /// <summary>A grain that can be reminded.</summary>
    public interface IRemindable : IGrain
    {
        /// <summary>Called when a reminder is due, as a call like any other; the grain is activated for it.</summary>
        Task ReceiveReminder(string reminderName, TickStatus status);
    }

    /// <summary>Reminders: calls to a grain at times that outlive its activation and its silo.</summary>
    public static class GrainReminderExtensions
    {
        /// <summary>Sets a reminder, in the place of the one of the same name if there is one.</summary>
        /// <param name="grain">The grain; it must be an <see cref="IRemindable"/>.</param>
        /// <param name="reminderName">The reminder's name within the grain.</param>
        /// <param name="dueTime">
        /// From now to the first tick; not negative. A first tick that is past before the reminder is stored, as with zero, is left
        /// out: the next comes a period later.
        /// </param>
        /// <param name="period">From tick to tick; at least <see cref="Hosting.ReminderOptions.MinimumReminderPeriod"/>.</param>
        public static Task<IGrainReminder> RegisterOrUpdateReminder(
            this IGrainBase grain, string reminderName, TimeSpan dueTime, TimeSpan period)
        {
            ThrowIfBlank(reminderName);
            return ReminderService.Of(grain).RegisterAsync(Activation.Of(grain), reminderName, dueTime, period);
        }

        /// <summary>Ends a reminder.</summary>
        /// <exception cref="ReminderException">It was set anew after it was handed out.</exception>
        public static Task UnregisterReminder(this IGrainBase grain, IGrainReminder reminder) =>
            ReminderService.Of(grain).UnregisterAsync(reminder);

        /// <summary>The reminder of a name; null if there is none.</summary>
        public static Task<IGrainReminder?> GetReminder(this IGrainBase grain, string reminderName)
        {
            ThrowIfBlank(reminderName);
            return Task.FromResult<IGrainReminder?>(ReminderService.Of(grain).Find(Activation.Of(grain), reminderName));
        }

        /// <summary>All reminders of the grain.</summary>
        [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1002", Justification = "The type is part of the contract.")]
        public static Task<List<IGrainReminder>> GetReminders(this IGrainBase grain) =>
            Task.FromResult(ReminderService.Of(grain).FindAll(Activation.Of(grain)));

        private static void ThrowIfBlank(string reminderName)
        {
            if (string.IsNullOrWhiteSpace(reminderName))
            {
                throw new ArgumentNullException(nameof(reminderName), "A reminder needs a name.");
            }
        }
    }
}

namespace Orleans.Runtime
{
    /// <summary>A reminder as it was when it was handed out.</summary>
    public interface IGrainReminder
    {
        /// <summary>Its name within the grain.</summary>
        string ReminderName { get; }
    }

    /// <summary>One tick of a reminder.</summary>
    [GenerateSerializer]
    [Immutable]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1815", Justification = "Equality is not in the contract.")]
    public readonly struct TickStatus
    {
        /// <summary>Creates it. All instants are UTC.</summary>
        public TickStatus(DateTime firstTickTime, TimeSpan period, DateTime timeStamp)
        {
            FirstTickTime = firstTickTime;
            Period = period;
            CurrentTickTime = timeStamp;
        }

        /// <summary>When the first tick was due, UTC.</summary>
        [Id(0)]
        public DateTime FirstTickTime { get; }

        /// <summary>From tick to tick.</summary>
        [Id(1)]
        public TimeSpan Period { get; }

        /// <summary>When this tick was sent, UTC.</summary>
        [Id(2)]
        public DateTime CurrentTickTime { get; }

        /// <inheritdoc/>
        public override string ToString() => $"<{FirstTickTime:O}, {Period}, {CurrentTickTime:O}>";
    }

    /// <summary>A reminder could not be set or ended.</summary>
    [GenerateSerializer]
    public sealed class ReminderException : OrleansException
    {
        /// <summary>Creates the exception with a message.</summary>
        public ReminderException(string message)
            : base(message)
        {
        }
    }
}
