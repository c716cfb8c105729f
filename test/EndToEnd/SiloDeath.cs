using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace EndToEnd;

/// <summary>
/// One silo of three goes, and what it ran begins elsewhere. The silo that goes is the one with the bridge of pods, and a pod of
/// every model is deleted at the same moment: nobody is there to hear of it. <c>KTHENA_TEST_SIZE=full</c> does it five times.
/// </summary>
public sealed class SiloDeath(ITestOutputHelper output)
{
    private const string BridgeOfPods = "The bridge of Pod begins here";
    private static readonly TimeSpan Bar = TimeSpan.FromSeconds(20);
    private static readonly string[] Models = ["tale", "story", "saga"];

    private static int Rounds => Environment.GetEnvironmentVariable("KTHENA_TEST_SIZE") == "full" ? 5 : 1;

    [OrleansFact]
    public Task Silo_Killed_ItsWorkGoesOnElsewhere() => RoundsAsync("killed", static silo => silo.KillAsync());

    [OrleansFact]
    public Task Silo_AskedToStop_ItsWorkGoesOnElsewhere() => RoundsAsync("stopped", static async silo => (await silo.StopAsync()).ShouldBe(0));

    [OrleansFact]
    public async Task OnlySilo_Killed_ItsSuccessorElsewhereDoesNotWaitForIt()
    {
        await using Processes processes = await Processes.StartAsync();
        RunningCommand silo = await processes.SiloAsync();
        await processes.ServeAsync("tale", 1);
        await silo.KillAsync();
        TimeSpan from = RunningCommand.Now;

        await processes.SiloAsync();
        await processes.KubectlAsync("scale", "modelserving/tale", "--replicas=2");
        await processes.KubectlAsync("wait", "modelserving/tale", "--timeout=240s", "--for=jsonpath={.status.availableReplicas}=2");

        TimeSpan took = RunningCommand.Now - from;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"works again after {took.TotalSeconds:0.0} s"));
        took.ShouldBeLessThan(Bar);
    }

    private async Task RoundsAsync(string what, Func<RunningCommand, Task> end)
    {
        await using Processes processes = await Processes.StartAsync();
        var silos = new List<RunningCommand>();
        for (int index = 0; index < 3; index++)
            silos.Add(await processes.SiloAsync());
        foreach (string model in Models)
            await processes.ServeAsync(model, 2);

        for (int round = 0; round < Rounds; round++)
        {
            string[] before = await UidsAsync(processes);
            RunningCommand gone = silos.MaxBy(static silo => silo.Lines(BridgeOfPods).LastOrDefault().At)!;
            silos.Remove(gone);
            TimeSpan from = RunningCommand.Now;
            Task ending = end(gone);
            await processes.KubectlAsync(["delete", "pod", "--wait=false", .. Models.Select(static model => $"{model}-0-server-0-0")]);
            (TimeSpan at, _) = await (await Task.WhenAny(silos.Select(silo => silo.LineAsync(BridgeOfPods, from))));
            await UntilHealedAsync(processes, before);
            TimeSpan healed = RunningCommand.Now - from;
            await ending;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{what} {round + 1}: bridge again after {(at - from).TotalSeconds:0.0} s, every pod again after {healed.TotalSeconds:0.0} s"));

            (at - from).ShouldBeLessThan(Bar);
            healed.ShouldBeLessThan(Bar);
            silos.Add(await processes.SiloAsync());
        }
    }

    /// <summary>Waits until each model's pod is another one, and ready.</summary>
    private static async Task UntilHealedAsync(Processes processes, string[] before)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            string[] now = await UidsAsync(processes);
            if (now.Length == Models.Length && !now.Intersect(before).Any() && now.All(static uid => uid.EndsWith(" True", StringComparison.Ordinal)))
                return;
            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(60), string.Join(", ", now));
            await Task.Delay(100);
        }
    }

    private static async Task<string[]> UidsAsync(Processes processes) => (await processes.KubectlAsync(
        ["get", "pod", "--ignore-not-found", "-o", "jsonpath={range .items[*]}{.metadata.uid} {.status.conditions[?(@.type==\"Ready\")].status}{\"\\n\"}{end}",
            .. Models.Select(static model => $"{model}-0-server-0-0")])).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
