using System.Globalization;

namespace Kthena.Embedded.Tests;

/// <summary>Which seeds a test tries: the one of <c>KTHENA_SEED</c>, or the first few; more with <c>KTHENA_TEST_SIZE=full</c>.</summary>
internal static class SimulationSeeds
{
    private const string Variable = "KTHENA_SEED";

    /// <summary>Of longer texts a display name shows only the beginning.</summary>
    private const int LettersDisplayed = 50;

    public static IEnumerable<int> Choose(int usual, int full) => Choose(
        Environment.GetEnvironmentVariable(Variable),
        Environment.GetEnvironmentVariable("KTHENA_TEST_SIZE") == "full" ? full : usual);

    public static IEnumerable<int> Choose(string? wished, int count) =>
        string.IsNullOrEmpty(wished) ? Enumerable.Range(0, count) : [int.Parse(wished, CultureInfo.InvariantCulture)];

    /// <summary>Runs something for each seed; a failure says how to see it again.</summary>
    /// <param name="seeds">The seeds.</param>
    /// <param name="testName">A part of the test's display name that no other test has.</param>
    /// <param name="run">What to run.</param>
    public static void Run(IEnumerable<int> seeds, string testName, Action<int> run)
    {
        foreach (var seed in seeds)
        {
            try
            {
                run(seed);
            }
            catch (Exception exception)
            {
                var shown = testName[..Math.Min(testName.Length, LettersDisplayed)];
                throw new SeedFailedException(
                    $"dotnet test test/Kthena.Embedded.Orleans.Tests -e {Variable}={seed} --filter \"DisplayName~{shown}\"", exception);
            }
        }
    }
}

/// <summary>A simulated test failed; the message is the command that shows it again.</summary>
internal sealed class SeedFailedException(string command, Exception failure) : Exception(command, failure);
