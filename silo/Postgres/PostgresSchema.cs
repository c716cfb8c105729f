using Npgsql;

namespace Kthena.Silo.Postgres;

/// <summary>
/// The tables of Orleans' providers. Orleans publishes them as scripts beside its sources, <c>src/AdoNet</c> of
/// github.com/dotnet/orleans at the tag of the packages, and leaves it to operators to run them.
/// </summary>
public static class PostgresSchema
{
    /// <summary>What a script puts into the table of queries; by it one knows that the script ran.</summary>
    private static readonly (string Query, string Script)[] Storage =
    [
        ("ReadFromStorageKey", "Orleans.Persistence.AdoNet/PostgreSQL-Persistence.sql"),
        ("ReadReminderRowsKey", "Orleans.Reminders.AdoNet/PostgreSQL-Reminders.sql"),
    ];

    private static readonly (string Query, string Script)[] Membership = [("GatewaysQueryKey", "Orleans.Clustering.AdoNet/PostgreSQL-Clustering.sql")];

    /// <summary>Makes sure that a database can be reached and has the tables.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="forStorage">Whether state and reminders are to be kept there.</param>
    /// <param name="forMembership">Whether the membership is.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PostgresUnusableException">It cannot be used; the message says why and what to do.</exception>
    public static async Task RequireAsync(string connectionString, bool forStorage, bool forMembership, CancellationToken cancellation)
    {
        (string Query, string Script)[] wanted = [.. forStorage ? Storage : [], .. forMembership ? Membership : []];
        HashSet<string> there;
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellation);
            there = await QueriesAsync(connection, cancellation);
        }
        catch (Exception fault) when (fault is NpgsqlException or ArgumentException or InvalidOperationException)
        {
            throw new PostgresUnusableException($"PostgreSQL cannot be used: {fault.Message} Correct the connection string, or start the server.", fault);
        }
        string[] missing = [.. wanted.Where(script => !there.Contains(script.Query)).Select(static script => script.Script)];
        if (missing.Length > 0)
        {
            string[] scripts = there.Count == 0 ? ["Shared/PostgreSQL-Main.sql", .. missing] : missing;
            throw new PostgresUnusableException(
                $"PostgreSQL lacks tables of Orleans': run {string.Join(" and ", scripts)} of src/AdoNet in github.com/dotnet/orleans, at the version that docs/verification.md names.");
        }
    }

    private static async Task<HashSet<string>> QueriesAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var queries = new HashSet<string>(StringComparer.Ordinal);
        await using (var exists = new NpgsqlCommand("SELECT to_regclass('orleansquery') IS NOT NULL", connection))
        {
            if (await exists.ExecuteScalarAsync(cancellation) is not true)
                return queries;
        }
        await using var command = new NpgsqlCommand("SELECT querykey FROM orleansquery", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            queries.Add(reader.GetString(0));
        return queries;
    }
}
