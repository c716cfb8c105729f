using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>
/// Sets reminders and sends their ticks. Where there are several silos each sends for the grains that fall to it, and takes over
/// from others when it learns that they came or went.
/// </summary>
internal sealed class ReminderService : IDisposable
{
    private readonly SiloRuntime _silo;
    private readonly ReminderOptions _options;
    private readonly ReminderTable _table;
    private readonly Dictionary<StateId, ReminderClock> _clocks = [];
    private readonly ITimer? _refresh;
    private bool _disposed;

    public ReminderService(SiloRuntime silo, ReminderOptions options, IStateStorage storage)
    {
        _silo = silo;
        _options = options;
        _table = new ReminderTable(storage);
        if (options.MinimumReminderPeriod < TimeSpan.Zero || options.RefreshReminderListPeriod <= TimeSpan.Zero)
        {
            throw new OrleansConfigurationException(
                $"{nameof(ReminderOptions)}: {nameof(options.MinimumReminderPeriod)} is {options.MinimumReminderPeriod} and "
                + $"{nameof(options.RefreshReminderListPeriod)} is {options.RefreshReminderListPeriod}. The first may not be negative, "
                + "the second must be positive.");
        }

        if (silo.Network is not null)
        {
            _refresh = Detached.CreateTimer(
                silo.HousekeepingTime, static service => ((ReminderService)service!).Refresh(), this, options.RefreshReminderListPeriod);
        }
    }

    /// <summary>The service of the silo that a grain's turn runs in.</summary>
    public static ReminderService Of(IGrainBase grain)
    {
        var activation = Activation.Of(grain);
        if (!ReferenceEquals(Activation.Running, activation))
        {
            throw new InvalidOperationException(
                $"A reminder of grain {activation} was used outside its turns. Use it before leaving the grain's scheduler.");
        }

        return activation.Silo.Reminders ?? throw new OrleansConfigurationException(
            $"The silo has no reminders, which grain {activation} asks for. Call {nameof(SiloBuilderReminderExtensions.AddReminders)} or "
            + $"{nameof(SiloBuilderReminderMemoryExtensions.UseInMemoryReminderService)} where the silo is set up.");
    }

    public void Dispose()
    {
        _refresh?.Dispose();
        lock (_clocks)
        {
            _disposed = true;
            foreach (var clock in _clocks.Values)
            {
                clock.Dispose();
            }

            _clocks.Clear();
        }
    }

    public async Task<IGrainReminder> RegisterAsync(Activation grain, string name, TimeSpan dueTime, TimeSpan period)
    {
        if (!grain.Class.IsRemindable)
        {
            throw new InvalidOperationException(
                $"Grain {grain} cannot be reminded of '{name}': implement {nameof(IRemindable)} in {grain.Class.Type}.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.Zero);
        if (period < _options.MinimumReminderPeriod)
        {
            throw new ArgumentException(
                $"The period {period} of reminder '{name}' is shorter than {_options.MinimumReminderPeriod}, the least that the silo "
                + "allows. Use a grain timer for what is more frequent.", nameof(period));
        }

        // Where any period is allowed there is still no next tick after none.
        ArgumentOutOfRangeException.ThrowIfZero(period.Ticks, nameof(period));

        var id = ReminderTable.IdOf(grain.Class, grain.Key, name);
        await _table.PutAsync(id, _silo.Time.GetUtcNow().UtcDateTime + dueTime, period);
        Follow(grain.Class, id);
        return _table.Find(id) ?? throw new ReminderException($"Reminder '{name}' of grain {grain} was ended while it was being set.");
    }

    public async Task UnregisterAsync(IGrainReminder reminder)
    {
        if (reminder is not Reminder known)
        {
            throw new ArgumentException($"{reminder?.GetType()} is not a reminder that this runtime handed out.", nameof(reminder));
        }

        if (!await _table.RemoveAsync(known))
        {
            throw new ReminderException(
                $"Reminder '{known.ReminderName}' of grain {known.Id.GrainClass}/{known.Id.Key} was set anew after it was handed out. "
                + "Get it again to end it.");
        }

        if (_silo.Catalog.Named(known.Id.GrainClass) is { } grainClass)
        {
            Follow(grainClass, known.Id);
        }
    }

    public IGrainReminder? Find(Activation grain, string name) => _table.Find(ReminderTable.IdOf(grain.Class, grain.Key, name));

    public List<IGrainReminder> FindAll(Activation grain) => [.. _table.Of(grain.Class, grain.Key)];

    /// <summary>Reads all reminders and sends for those that fall to this silo.</summary>
    public void Load()
    {
        var all = _table.All().ToDictionary(reminder => reminder.Id);
        lock (_clocks)
        {
            foreach (var id in _clocks.Keys.Where(id => !all.ContainsKey(id)).ToArray())
            {
                Set(id, null);
            }
        }

        foreach (var reminder in all.Values)
        {
            if (_silo.Catalog.Named(reminder.Id.GrainClass) is { IsRemindable: true } grainClass)
            {
                FollowHere(grainClass, reminder.Id);
            }
            else
            {
                Log.ReminderOrphaned(_silo.Logger, reminder.ReminderName, reminder.Id.GrainClass, reminder.Id.Key);
            }
        }
    }

    private void Refresh()
    {
        Load();
        _refresh!.Change(_options.RefreshReminderListPeriod, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Tells the silo that sends for a grain to look at one reminder again.</summary>
    private void Follow(GrainClass grainClass, StateId id)
    {
        if (_silo.Network is not { } network || network.ReminderSilo(grainClass, id.Key) is not { } silo || ReferenceEquals(silo, _silo))
        {
            FollowHere(grainClass, id);
        }
        else
        {
            network.Carry(_silo, silo, () => silo.Reminders?.FollowHere(grainClass, id));
        }
    }

    // What is stored counts, not who told of it first.
    private void FollowHere(GrainClass grainClass, StateId id)
    {
        lock (_clocks)
        {
            var fallsHere = _silo.Network is not { } network || ReferenceEquals(network.ReminderSilo(grainClass, id.Key), _silo);
            Set(id, fallsHere && _table.Find(id) is { } reminder ? (grainClass, reminder) : null);
        }
    }

    private void Set(StateId id, (GrainClass Class, Reminder Reminder)? wanted)
    {
        if (_clocks.TryGetValue(id, out var clock) && clock.Reminder.Etag == wanted?.Reminder.Etag)
        {
            return;
        }

        clock?.Dispose();
        if (wanted is { } set && !_disposed)
        {
            _clocks[id] = new ReminderClock(_silo, set.Class, set.Reminder);
        }
        else
        {
            _clocks.Remove(id);
        }
    }
}
