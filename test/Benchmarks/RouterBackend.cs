using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Kthena.Benchmarks;

/// <summary>An engine that answers at once, in a process of its own, on two addresses.</summary>
internal static class RouterBackend
{
    public static readonly IPAddress[] Addresses = [IPAddress.Parse("127.78.0.1"), IPAddress.Parse("127.78.0.2")];

    private static readonly byte[] Answer = System.Text.Encoding.UTF8.GetBytes(
        """{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"REPLY"},"finish_reason":"stop"}],"usage":{"prompt_tokens":250,"completion_tokens":64,"total_tokens":314}}"""
            .Replace("REPLY", new string('r', 300), StringComparison.Ordinal));

    /// <summary>Starts this program again as the engines of a benchmark, and waits until they listen.</summary>
    /// <param name="verb"><c>backend</c>, <c>engines</c> or <c>silo</c>.</param>
    /// <param name="ports">Where they listen.</param>
    public static Process Start(string verb, params int[] ports)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [verb, .. ports.Select(static port => port.ToString(CultureInfo.InvariantCulture))])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Insert(0, typeof(RouterBackend).Assembly.Location);
        Process process = Process.Start(start)!;
        process.StandardOutput.ReadLine();
        return process;
    }

    public static async Task RunAsync(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            foreach (IPAddress address in Addresses)
                kestrel.Listen(address, port);
        });
        await using WebApplication web = builder.Build();
        web.Run(static async http =>
        {
            byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(64 * 1024);
            while (await http.Request.Body.ReadAsync(buffer) > 0)
            {
            }
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = Answer.Length;
            await http.Response.Body.WriteAsync(Answer);
        });
        await web.StartAsync();
        Console.WriteLine("listening");
        // The parent closes our input when it is done.
        await Console.In.ReadToEndAsync();
    }
}
