using Kthena.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Orleans.Hosting;

/// <summary>Adds reminders.</summary>
public static class SiloBuilderReminderExtensions
{
    /// <summary>
    /// Adds reminders. They are kept with the grain state that names no provider, as durable as that is, or in memory where
    /// the silo stores none.
    /// </summary>
    public static ISiloBuilder AddReminders(this ISiloBuilder builder)
    {
        builder.Services.AddOptions<ReminderOptions>();
        builder.Services.TryAddSingleton(new ReminderStorage(
            services => services.GetKeyedService<IStateStorage>(StateStorageNames.Default) ?? new MemoryStateStorage()));
        return builder;
    }
}

/// <summary>Adds reminders that are kept in memory.</summary>
public static class SiloBuilderReminderMemoryExtensions
{
    /// <summary>Adds reminders that last as long as the process.</summary>
    public static ISiloBuilder UseInMemoryReminderService(this ISiloBuilder builder)
    {
        builder.AddReminders();
        builder.Services.Replace(ServiceDescriptor.Singleton(new ReminderStorage(_ => new MemoryStateStorage())));
        return builder;
    }
}
