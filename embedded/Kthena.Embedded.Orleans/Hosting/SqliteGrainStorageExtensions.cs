using Kthena.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;

namespace Kthena.Embedded.Hosting;

/// <summary>Adds storage on a file. It exists in the embedded runtime only; clusters name a provider of Orleans.</summary>
public static class SqliteGrainStorageExtensions
{
    /// <summary>Keeps the records of this provider name in a SQLite file, whose folder must exist.</summary>
    /// <remarks>The file is opened when the silo starts, which fails when it is in use or damaged.</remarks>
    public static ISiloBuilder AddSqliteGrainStorage(this ISiloBuilder builder, string name, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return builder.AddStateStorage(name, _ => new SqliteStateStorage(path));
    }

    /// <summary>Keeps the records that name no provider in a SQLite file, whose folder must exist.</summary>
    public static ISiloBuilder AddSqliteGrainStorageAsDefault(this ISiloBuilder builder, string path) =>
        builder.AddSqliteGrainStorage(StateStorageNames.Default, path);

    internal static ISiloBuilder AddStateStorage(
        this ISiloBuilder builder, string name, Func<IServiceProvider, IStateStorage> create)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        builder.Services.AddKeyedSingleton(name, (services, _) => create(services));
        builder.Services.AddSingleton(new StateStorageName(name));
        return builder;
    }
}
