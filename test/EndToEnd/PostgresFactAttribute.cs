namespace EndToEnd;

/// <summary>
/// A test against a real PostgreSQL, whose connection string <c>KTHENA_TEST_POSTGRESQL</c> holds, with the tables of Orleans'
/// providers; skipped where there is none.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    private const string Variable = "KTHENA_TEST_POSTGRESQL";

    public PostgresFactAttribute()
    {
#if ORLEANS
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
            Skip = $"{Variable} names no database.";
#else
        Skip = "PostgreSQL is for silos of Orleans: build with -p:GrainRuntime=Orleans.";
#endif
    }

    public static string Connection => Environment.GetEnvironmentVariable(Variable)!;
}
