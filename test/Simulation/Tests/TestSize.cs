namespace Kthena.Simulation.Tests;

/// <summary>How much a test run does.</summary>
internal static class TestSize
{
    /// <summary>Chooses by <c>KTHENA_TEST_SIZE</c>.</summary>
    public static int Of(int usual, int full) => Environment.GetEnvironmentVariable("KTHENA_TEST_SIZE") == "full" ? full : usual;
}
