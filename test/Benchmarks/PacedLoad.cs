using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Kthena.Benchmarks;

/// <summary>
/// Requests at a fixed rate, whoever is slow: each is timed from when it was due, not from when it was sent or a connection was free
/// for it, so that a server that stops for a while is charged with all that should have come meanwhile.
/// </summary>
internal static class PacedLoad
{
    /// <returns>The time of each request in milliseconds, ascending.</returns>
    public static async Task<double[]> RunAsync(IPEndPoint target, byte[][] requests, int connections, double perSecond, int total)
    {
        var due = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleWriter = true });
        var times = new double[total];
        int done = -1;
        using var connected = new CountdownEvent(connections);
        Task asking = Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            byte[] buffer = new byte[16 * 1024];
            await socket.ConnectAsync(target);
            // A connection's first request pays for what it sets up; that is not what is measured.
            await LoadLoop.AskAsync(socket, requests[0], buffer);
            connected.Signal();
            await foreach (long at in due.Reader.ReadAllAsync())
            {
                int number = Interlocked.Increment(ref done);
                await LoadLoop.AskAsync(socket, requests[number % requests.Length], buffer);
                times[number] = Stopwatch.GetElapsedTime(at).TotalMilliseconds;
            }
        }));
        await Task.WhenAny(asking, Task.Run(connected.Wait));
        await Pacer.RunAsync(perSecond, total, at => due.Writer.TryWrite(at));
        due.Writer.Complete();
        await asking;
        Array.Sort(times);
        return times;
    }
}
