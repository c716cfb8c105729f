namespace Kthena.Routing.Tests;

/// <summary>How much a suite runs: all of it with <c>KTHENA_TEST_SIZE=full</c>, else a fixed part.</summary>
internal static class TestSize
{
    public static int Of(int full, int part) => Environment.GetEnvironmentVariable("KTHENA_TEST_SIZE") == "full" ? full : part;
}
