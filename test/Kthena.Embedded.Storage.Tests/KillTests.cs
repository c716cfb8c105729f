using System.Globalization;

namespace Kthena.Embedded.Storage.Tests;

/// <summary>A process that writes is killed at any moment: what it acknowledged is there, and nothing is torn.</summary>
public sealed class KillTests : IDisposable
{
    private const int Seed = 20261120;
    private const int LinesMax = 3000;
    private static readonly int Kills = Environment.GetEnvironmentVariable("KTHENA_TEST_SIZE") == "full" ? 100 : 10;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-kill-");
    private readonly SortedDictionary<string, long> _acknowledged = new(StringComparer.Ordinal);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Writer_KilledAtAnyMoment_LosesNothingAcknowledgedAndTearsNothing()
    {
        var chance = new Random(Seed);
        bool wasWriting = false;
        for (int round = 0; round < Kills; round++)
        {
            // Evenly over the orders of magnitude: into the opening, the check and the first writes as well as into the thick of it.
            int lines = (int)Math.Pow(LinesMax, chance.NextDouble());
            wasWriting = await RunAsync("write", $"seed {Seed}, round {round}, killed after line {lines}", lines, wasWriting);
        }
        await RunAsync("read", "after the last kill", lines: int.MaxValue, wasWriting);
        _acknowledged.Values.Sum().ShouldBeGreaterThan(Kills * 10);

        await CutLogsAsync(chance);
    }

    /// <summary>A log that was cut short, as by a lost page: the folder opens, and what it holds is whole.</summary>
    private async Task CutLogsAsync(Random chance)
    {
        using (var child = ChildProcess.Start("write", _folder.FullName))
        {
            for (int line = 0; line < LinesMax; line++)
                (await child.NextLineAsync()).ShouldNotBeNull();
            child.Kill();
            await child.EndAsync();
        }
        foreach (string log in Directory.GetFiles(_folder.FullName, "*-wal"))
        {
            using FileStream file = File.OpenWrite(log);
            file.SetLength(chance.NextInt64(file.Length));
        }
        using var reader = ChildProcess.Start("read", _folder.FullName);
        while (await reader.NextLineAsync() is { } line)
            line.ShouldNotStartWith("torn", Case.Sensitive, $"seed {Seed}, logs cut");
        (await reader.EndAsync()).ShouldBe((0, ""));
    }

    /// <summary>Starts a process, holds what it finds against what was acknowledged, and kills it after so many lines.</summary>
    /// <returns>Whether it was killed once it held the folder.</returns>
    private async Task<bool> RunAsync(string verb, string when, int lines, bool wasWriting)
    {
        using var child = ChildProcess.Start(verb, _folder.FullName);
        bool holds = false;
        bool isKilled = false;
        for (int line = 0; await child.NextLineAsync() is { } said; line++)
        {
            string[] words = said.Split(' ');
            switch (words[0])
            {
                case "opened":
                    holds = true;
                    words[1].ShouldBe(wasWriting ? "unclean" : "clean", when);
                    break;
                case "found":
                    Hold(words[1], Number(words[2]), when);
                    break;
                case "ack":
                    _acknowledged[words[1]] = Math.Max(Number(words[2]), _acknowledged.GetValueOrDefault(words[1]));
                    break;
                case "torn":
                    Assert.Fail($"{said} ({when})");
                    break;
            }
            if (line >= lines && !isKilled)
            {
                // What it wrote into the pipe before is still read: it was acknowledged.
                child.Kill();
                isKilled = true;
            }
        }
        (int exit, string error) = await child.EndAsync();
        error.ShouldBeEmpty(when);
        if (verb == "read")
            exit.ShouldBe(0, when);
        else
            isKilled.ShouldBeTrue(when);
        return holds || wasWriting;
    }

    /// <summary>What was under way when the process was killed may or may not have been carried out.</summary>
    private void Hold(string key, long found, string when)
    {
        long acknowledged = _acknowledged.GetValueOrDefault(key);
        found.ShouldBeInRange(acknowledged, acknowledged + 1, $"{key}, {when}");
        _acknowledged[key] = found;
    }

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);
}
