using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kthena.Benchmarks;

/// <summary>
/// Tells when something is due, at a fixed rate, on a thread of its own. A timer of .NET is as fine as a millisecond, so that requests
/// would come in bursts; this sleeps for as short a time as the kernel can.
/// </summary>
internal static partial class Pacer
{
    /// <summary>Calls for each moment when it is there; a moment that was missed is called at once, under its own time.</summary>
    /// <param name="perSecond">The rate.</param>
    /// <param name="total">How many moments.</param>
    /// <param name="due">Receives the timestamp of each.</param>
    public static Task RunAsync(double perSecond, int total, Action<long> due)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            long start = Stopwatch.GetTimestamp();
            for (int number = 0; number < total; number++)
            {
                long at = start + (long)(number / perSecond * Stopwatch.Frequency);
                SleepUntil(at);
                due(at);
            }
            ended.SetResult();
        })
        { IsBackground = true }.Start();
        return ended.Task;
    }

    private static void SleepUntil(long at)
    {
        long left = at - Stopwatch.GetTimestamp();
        if (left <= 0)
            return;
        if (!OperatingSystem.IsLinux())
        {
            SpinWait.SpinUntil(() => Stopwatch.GetTimestamp() >= at);
            return;
        }
        var time = new TimeSpec { Nanoseconds = (nint)Math.Min(999_999_999, left * (1e9 / Stopwatch.Frequency)) };
        _ = NanoSleep(ref time, 0);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(ref TimeSpec time, nint left);

    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
