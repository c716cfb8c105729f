using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Reflection;

namespace Kthena.Benchmarks;

/// <summary>From the start of <c>kthena up</c>, as it was built, to the first token that a model on it streams.</summary>
internal static class ColdBenchmark
{
    private const int Rounds = 5;
    private const string Question = """{"model": "quickstart", "stream": true, "max_tokens": 16, "messages": [{"role": "user", "content": "Hello"}]}""";
    private static readonly TimeSpan RoundMax = TimeSpan.FromMinutes(2);

    public static async Task RunAsync()
    {
        string command = typeof(ColdBenchmark).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static entry => entry.Key == "Command").Value!;
        (List<double> ups, List<double> tokens) = ([], []);
        for (int round = 0; round < Rounds; round++)
        {
            DirectoryInfo folder = Directory.CreateTempSubdirectory("kthena-benchmark-");
            try
            {
                (double up, double token) = await RunOnceAsync(command, folder.FullName);
                ups.Add(up);
                tokens.Add(token);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"cold: ready after {Median(ups):F2} s, first streamed token after {Median(tokens):F2} s ({tokens.Min():F2} to {tokens.Max():F2}) of {Rounds} new data folders"));
        Bars.AtMost("cold: kthena up to the first streamed token, the slowest", tokens.Max(), 10, "s");
    }

    private static async Task<(double Up, double Token)> RunOnceAsync(string command, string folder)
    {
        using var limit = new CancellationTokenSource(RoundMax);
        var start = new ProcessStartInfo(
            "dotnet",
            [command, "up", "--data-dir", folder, "--router-port", "0", "--api-port", "0", "--metrics-port", "0", "--debug-port", "0", "--control-port", "0"])
        {
            RedirectStandardOutput = true,
        };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        try
        {
            string? gateway = null;
            while (gateway is null)
            {
                string line = await process.StandardOutput.ReadLineAsync(limit.Token)
                    ?? throw new InvalidOperationException($"kthena up ended with {process.ExitCode} before it was ready.");
                if (line.StartsWith("gateway ", StringComparison.Ordinal))
                    gateway = line["gateway ".Length..].Trim();
            }
            double up = Stopwatch.GetElapsedTime(began).TotalSeconds;
            await FirstTokenAsync(new Uri($"{gateway}/v1/chat/completions"), limit.Token);
            return (up, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task FirstTokenAsync(Uri address, CancellationToken cancellation)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var message = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(Question, new MediaTypeHeaderValue("application/json")) };
        using HttpResponseMessage answer = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
        answer.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith("data: {", StringComparison.Ordinal) && line.Contains("\"content\":", StringComparison.Ordinal))
                return;
        }
        throw new InvalidOperationException("The answer ended without a token.");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
