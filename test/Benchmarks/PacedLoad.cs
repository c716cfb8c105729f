using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Kthena.Benchmarks;

/// <summary>Requests at a fixed rate, whoever is slow: each is timed from when it was due, not from when a connection was free for it.</summary>
internal static class PacedLoad
{
    /// <returns>The time of each request in milliseconds, ascending.</returns>
    public static async Task<double[]> RunAsync(IPEndPoint target, byte[][] requests, int connections, double perSecond, int total)
    {
        var due = Channel.CreateUnbounded<long>();
        var times = new double[total];
        int done = -1;
        Task pacing = PaceAsync(due.Writer, perSecond, total);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(target);
            byte[] buffer = new byte[16 * 1024];
            await foreach (long at in due.Reader.ReadAllAsync())
            {
                int number = Interlocked.Increment(ref done);
                await LoadLoop.AskAsync(socket, requests[number % requests.Length], buffer);
                times[number] = Stopwatch.GetElapsedTime(at).TotalMilliseconds;
            }
        }));
        await pacing;
        Array.Sort(times);
        return times;
    }

    private static async Task PaceAsync(ChannelWriter<long> due, double perSecond, int total)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        long start = Stopwatch.GetTimestamp();
        for (int sent = 0; sent < total;)
        {
            await timer.WaitForNextTickAsync();
            long now = Stopwatch.GetTimestamp();
            int wanted = Math.Min(total, (int)(Stopwatch.GetElapsedTime(start, now).TotalSeconds * perSecond));
            for (; sent < wanted; sent++)
                due.TryWrite(now);
        }
        due.Complete();
    }
}
