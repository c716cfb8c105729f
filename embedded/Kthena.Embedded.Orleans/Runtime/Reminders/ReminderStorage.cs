namespace Kthena.Embedded.Runtime;

/// <summary>Says where a silo keeps its reminders.</summary>
/// <param name="Open">Finds or makes the storage from the silo's services.</param>
internal sealed record ReminderStorage(Func<IServiceProvider, IStateStorage> Open);
