using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Benchmarks;

/// <summary>
/// What a ModelServing of many pods costs: until it serves, at rest, for an event of one pod, and for a rollout of one role; and what a
/// thousand small ones cost at rest. Processor time is that of the whole process, API server and node included.
/// </summary>
internal static class ServingBenchmark
{
    private const int PodsOfGroup = 4;
    private const int Touches = 200;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    // Two rounds of the checks that are made of everything, after one in which the code that makes them is compiled.
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan WarmTime = TimeSpan.FromMinutes(1);

    public static Task RunThousandAsync() => RunAsync(1_000);

    public static Task RunTenThousandAsync() => RunAsync(10_000);

    /// <summary>A thousand ModelServings of one group with two pods: at rest, then what is left of it without the control plane.</summary>
    public static async Task RunIdleAsync()
    {
        const int Count = 1_000;
        await using ServingPlatform platform = await ServingPlatform.StartAsync();
        long start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Count; i++)
            await platform.CreateAsync($"ms{i}", groups: 1, podsOfRole: 1);
        for (var i = 0; i < Count; i++)
            await platform.UntilAvailableAsync($"ms{i}", 1);
        Print("1,000 ModelServings of 2 pods", $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s until all are available");
        await SettleAsync(platform);
        await Task.Delay(WarmTime, TimeProvider.System);
        RestCost cost = await PrintRestAsync(platform, "at rest", IdleTime);
        Bars.AtMost("serving-idle: 1,000 ModelServings at rest, whole process", cost.Percent, 1, "% of a core");
        Bars.AtMost("serving-idle: calls of the API server", cost.Writes + cost.Reads, 0, "");
        await platform.StopSiloAsync();
        await PrintRestAsync(platform, "the same without the control plane", Rest);
    }

    private static async Task RunAsync(int pods)
    {
        int groups = pods / PodsOfGroup;
        (string what, double secondsBar) = ($"serving: a ModelServing of {pods:N0} pods", pods > 1_000 ? 240 : 20);
        await using ServingPlatform platform = await ServingPlatform.StartAsync();
        (long start, TimeSpan busy) = (Stopwatch.GetTimestamp(), Busy());
        await platform.CreateAsync("large", groups, PodsOfGroup / 2);
        await platform.UntilAvailableAsync("large", groups);
        Print(
            $"{pods:N0} pods until available",
            $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, {(Busy() - busy).TotalSeconds:F1} s of processor, {(double)platform.Requests.Writes / pods:F2} writes a pod: {platform.Requests.TakeKinds()}");
        Bars.AtMost($"{what}, until available", Stopwatch.GetElapsedTime(start).TotalSeconds, secondsBar, "s");
        Bars.AtMost($"{what}, writes", (double)platform.Requests.Writes / pods, 12, "a pod");
        Bars.AtMost($"{what}, writes at rest", (await PrintRestAsync(platform, "at rest", Rest)).Writes, 0, "");
        await PrintEventsAsync(platform);

        ILookup<string, string> before = await UidsAsync(platform);
        (long writes, start, busy) = (platform.Requests.Writes, Stopwatch.GetTimestamp(), Busy());
        await platform.UpdateDecodeAsync("large", "registry.example/engine:2");
        await platform.UntilAvailableAsync("large", groups);
        ILookup<string, string> after = await UidsAsync(platform);
        Print(
            "rollout of one role of two",
            $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, {(Busy() - busy).TotalSeconds:F1} s of processor, {(double)(platform.Requests.Writes - writes) / (pods / 2):F2} writes a pod; "
            + $"kept {before["prefill"].Intersect(after["prefill"]).Count():N0} of {before["prefill"].Count():N0} pods of the other, {before["decode"].Intersect(after["decode"]).Count():N0} of its own");
        using var process = Process.GetCurrentProcess();
        Print("memory", $"{process.WorkingSet64 >> 20} MiB resident, {GC.GetTotalMemory(forceFullCollection: true) >> 20} MiB on the heap");
    }

    /// <summary>What a change of one pod costs that means nothing to anybody.</summary>
    private static async Task PrintEventsAsync(ServingPlatform platform)
    {
        Pod[] pods = [.. (await PodsAsync(platform)).Take(Touches)];
        long writes = platform.Requests.Writes;
        await SettleAsync(platform);
        TimeSpan busy = Busy();
        for (var i = 0; i < pods.Length; i++)
            await platform.TouchNamespaceAsync(i);
        await SettleAsync(platform);
        TimeSpan apart = Busy() - busy;
        busy = Busy();
        for (var i = 0; i < pods.Length; i++)
            await platform.TouchAsync(pods[i], i);
        await SettleAsync(platform);
        Print("an event of one pod", $"{(Busy() - busy).TotalMilliseconds / pods.Length:F2} ms of processor all told, of a namespace {apart.TotalMilliseconds / pods.Length:F2} ms; {platform.Requests.Writes - writes} writes for {pods.Length} events");
    }

    private static async Task<RestCost> PrintRestAsync(ServingPlatform platform, string what, TimeSpan span)
    {
        await SettleAsync(platform);
        platform.Requests.TakeKinds();
        (long reads, long writes, TimeSpan busy) = (platform.Requests.Reads, platform.Requests.Writes, Busy());
        (long turns, long bytes) = (ThreadPool.CompletedWorkItemCount, GC.GetTotalAllocatedBytes());
        await Task.Delay(span, TimeProvider.System);
        var cost = new RestCost(100 * (Busy() - busy) / span, platform.Requests.Writes - writes, platform.Requests.Reads - reads);
        Print(
            what,
            $"{cost.Percent:F2}% of a core, {(ThreadPool.CompletedWorkItemCount - turns) / span.TotalSeconds:F0} turns and {(GC.GetTotalAllocatedBytes() - bytes) / span.TotalSeconds / 1024:F0} KiB a second, "
            + $"{cost.Writes} writes and {cost.Reads} reads in {span.TotalSeconds:F0} s {platform.Requests.TakeKinds()}");
        return cost;
    }

    /// <summary>Waits until nobody has written for three seconds: events and the last status follow behind.</summary>
    private static async Task SettleAsync(ServingPlatform platform)
    {
        long before;
        do
        {
            before = platform.Requests.Writes;
            await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        }
        while (platform.Requests.Writes != before);
    }

    private static TimeSpan Busy()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    private static async Task<ILookup<string, string>> UidsAsync(ServingPlatform platform) =>
        (await PodsAsync(platform)).ToLookup(static pod => pod.Metadata.Labels["modelserving.volcano.sh/role"] ?? "", static pod => pod.Metadata.Uid);

    private static Task<ImmutableArray<Pod>> PodsAsync(ServingPlatform platform) => platform.User.ListAsync<Pod>(ListQuery.All, CancellationToken.None);

    private readonly record struct RestCost(double Percent, long Writes, long Reads);

    private static void Print(string name, string text) => Console.WriteLine($"{name,-44} {text}");

    /// <summary>The bytes of a manifest.</summary>
    internal static RawJson ToRawJson(this JsonObject manifest) => new(JsonSerializer.SerializeToUtf8Bytes(manifest));
}
