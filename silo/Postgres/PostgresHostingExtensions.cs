using Orleans.Hosting;

namespace Kthena.Silo.Postgres;

/// <summary>Orleans' providers for PostgreSQL, for those who keep state of grains or the membership there.</summary>
public static class PostgresHostingExtensions
{
    private const string Invariant = "Npgsql";

    /// <summary>Keeps state and reminders of grains in PostgreSQL.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="connectionString">The database, with Orleans' tables in it: see <see cref="PostgresSchema"/>.</param>
    public static ISiloBuilder UsePostgresStorage(this ISiloBuilder builder, string connectionString) => builder
        .AddAdoNetGrainStorageAsDefault(options => (options.Invariant, options.ConnectionString) = (Invariant, connectionString))
        .UseAdoNetReminderService(options => options.Configure(reminders => (reminders.Invariant, reminders.ConnectionString) = (Invariant, connectionString)));

    /// <summary>Keeps the membership in PostgreSQL.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="connectionString">The database, with Orleans' tables in it: see <see cref="PostgresSchema"/>.</param>
    public static ISiloBuilder UsePostgresMembership(this ISiloBuilder builder, string connectionString) =>
        builder.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, connectionString));

    /// <summary>Finds silos that keep their membership in PostgreSQL.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="connectionString">The silos' database.</param>
    public static IClientBuilder UsePostgresMembership(this IClientBuilder builder, string connectionString) =>
        builder.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, connectionString));
}
