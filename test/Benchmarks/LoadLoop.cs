using System.Net;
using System.Net.Sockets;

namespace Kthena.Benchmarks;

/// <summary>A closed loop of raw HTTP/1.1 connections, so that the load costs little and allocates nothing per request.</summary>
internal static class LoadLoop
{
    private static readonly byte[] HeadersEnd = "\r\n\r\n"u8.ToArray();
    private static readonly byte[] LengthHeader = "Content-Length: "u8.ToArray();

    /// <summary>Sends requests in turn until as many were answered.</summary>
    public static async Task RunAsync(IPEndPoint target, byte[][] requests, int connections, int total)
    {
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(target);
            byte[] buffer = new byte[16 * 1024];
            while (Interlocked.Increment(ref next) is int number && number <= total)
            {
                await AskAsync(socket, requests[number % requests.Length], buffer);
            }
        }));
    }

    /// <summary>Sends one request again and again, each time with another number in it.</summary>
    public static async Task RunAsync(IPEndPoint target, byte[] request, int first, Action<byte[], int> stamp, int connections, int total)
    {
        int next = first - 1;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(target);
            byte[] buffer = new byte[16 * 1024];
            byte[] own = [.. request];
            while (Interlocked.Increment(ref next) is int number && number < first + total)
            {
                stamp(own, number);
                await AskAsync(socket, own, buffer);
            }
        }));
    }

    /// <summary>Sends a request and reads its answer.</summary>
    public static async ValueTask AskAsync(Socket socket, byte[] request, byte[] buffer)
    {
        for (int sent = 0; sent < request.Length;)
            sent += await socket.SendAsync(request.AsMemory(sent), SocketFlags.None);
        await AnswerAsync(socket, buffer);
    }

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async ValueTask AnswerAsync(Socket socket, byte[] buffer)
    {
        int read = 0;
        while (true)
        {
            int more = await socket.ReceiveAsync(buffer.AsMemory(read), SocketFlags.None);
            if (more == 0)
                throw new InvalidOperationException("The connection was closed in the middle of an answer.");
            read += more;
            int headers = buffer.AsSpan(0, read).IndexOf(HeadersEnd);
            if (headers < 0)
                continue;
            if (!buffer.AsSpan().StartsWith("HTTP/1.1 200"u8))
                throw new InvalidOperationException(System.Text.Encoding.ASCII.GetString(buffer, 0, read));
            int length = buffer.AsSpan(0, headers).IndexOf(LengthHeader) + LengthHeader.Length;
            if (System.Buffers.Text.Utf8Parser.TryParse(buffer.AsSpan(length), out int body, out _) && read >= headers + 4 + body)
                return;
        }
    }
}
