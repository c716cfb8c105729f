using System.Diagnostics;
using Xunit.Abstractions;

namespace EndToEnd.Kills;

/// <summary>
/// Plays the story once undisturbed, then again and again while the process is killed at random moments; <c>KTHENA_SEED</c> draws others.
/// </summary>
internal static class KillRun
{
    private const int FewKills = 20;
    private static readonly int Seed = int.TryParse(Environment.GetEnvironmentVariable("KTHENA_SEED"), out int seed) ? seed : 20261;
    private static readonly TimeSpan StartingTime = TimeSpan.FromSeconds(2);

    /// <summary>Runs until so many kills were survived.</summary>
    /// <param name="victim">What is killed.</param>
    /// <param name="kills">How many times.</param>
    /// <param name="steps">The story.</param>
    /// <param name="output">Where seed and figures go.</param>
    public static async Task RunAsync(Victim victim, int kills, (string Title, int Groups, string Image)[] steps, ITestOutputHelper output)
    {
        var chance = new Random(Seed);
        string prefix = $"kill-{Environment.ProcessId:x}-{Stopwatch.GetTimestamp():x}";
        long start = Stopwatch.GetTimestamp();
        victim.Start();
        await victim.ReadyAsync();
        var calm = new LifeStory(victim, $"{prefix}-calm", steps);
        await calm.PrepareAsync();
        var ends = new List<(string State, TimeSpan Duration)>();
        for (int step = 0; step < steps.Length; step++)
            ends.Add(await calm.PlayAsync(step));
        output.WriteLine($"undisturbed: {string.Join(", ", ends.Select(static end => $"{end.Duration.TotalSeconds:F1} s"))}");

        int killed = 0, whileStarting = 0;
        for (int round = 0; killed < kills; round++)
        {
            var story = new LifeStory(victim, $"{prefix}-{round}", steps);
            await story.PrepareAsync();
            for (int step = 0; step < steps.Length; step++)
            {
                // What is left is spread over the steps of this round; a large number makes two or three a step.
                int due = Math.Min(3, (kills - killed + steps.Length - step - 1) / (steps.Length - step));
                int times = kills - killed < steps.Length - step ? chance.Next(2) : chance.Next(1, due + 1);
                times = Math.Min(times, kills - killed);
                await story.PlayAsync(step, () => DisturbAsync(times, ends[step].Duration), ends[step].State);
            }
            // A full run is long: what is done is told at once.
            if (kills > FewKills)
                Console.Error.WriteLine($"{killed} of {kills} kills in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
        }
        output.WriteLine($"seed {Seed}: {killed} kills, {whileStarting} of them while starting, in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");

        async Task DisturbAsync(int times, TimeSpan duration)
        {
            for (int i = 0; i < times; i++)
            {
                await Task.Delay(duration * chance.NextDouble());
                await victim.KillAsync();
                killed++;
                victim.Start();
                if (i + 1 < times && chance.Next(2) == 0)
                {
                    await Task.Delay(StartingTime * chance.NextDouble());
                    whileStarting++;
                    await victim.KillAsync();
                    killed++;
                    victim.Start();
                }
                await victim.ReadyAsync();
            }
        }
    }
}
