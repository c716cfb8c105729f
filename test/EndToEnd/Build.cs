using System.Reflection;

namespace EndToEnd;

/// <summary>Where the build put what these tests drive.</summary>
internal static class Build
{
    public static string CommandPath => Value("CommandPath");

    public static string RepositoryRoot => Value("RepositoryRoot");

    private static string Value(string key) =>
        typeof(Build).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == key).Value!;
}
