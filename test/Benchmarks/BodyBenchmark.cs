using System.Globalization;
using System.Text;
using Kthena.Routing.Body;
using Kthena.Routing.Prompt;

namespace Kthena.Benchmarks;

/// <summary>What reading a body and hashing its prompt costs, in microseconds a body.</summary>
internal static class BodyBenchmark
{
    public static async Task RunAsync()
    {
        foreach ((string name, int bytes) in new[] { ("1 KB", 1024), ("220 KB", 220 * 1024) })
        {
            await MeasureAsync($"{name}, a break in 68 bytes", Body(bytes, "Line {0} of a text that goes on for a while and says nothing new.\\n"));
            await MeasureAsync($"{name}, no escapes", Body(bytes, "Line {0} of a text that goes on for a while and says nothing new. "));
            await MeasureAsync($"{name}, Chinese", Body(bytes, "第{0}行文字继续说下去。\\n"));
        }
    }

    private static async Task MeasureAsync(string name, byte[] json)
    {
        var body = new RequestBody();
        int bodies = Math.Max(64, 8_000_000 / json.Length);
        await BenchmarkLoop.MeasureAsync($"body: read {name}", bodies, () =>
        {
            for (int index = 0; index < bodies; index++)
                BodyReader.Read(json, body);
            return Task.CompletedTask;
        });
        await BenchmarkLoop.MeasureAsync($"body: hash {name}", bodies, () =>
        {
            for (int index = 0; index < bodies; index++)
                PromptHasher.Hash(json, body, PromptHashOptions.WholePrompt, 7);
            return Task.CompletedTask;
        });
    }

    internal static byte[] Body(int bytes, string line)
    {
        var content = new StringBuilder();
        for (int number = 0; Encoding.UTF8.GetByteCount(line) * number < bytes; number++)
            content.AppendFormat(CultureInfo.InvariantCulture, line, number);
        return Encoding.UTF8.GetBytes(
            $$"""{"messages":[{"role":"system","content":"{{content}}"},{"role":"user","content":"Why?"}],"model":"tiny","max_tokens":64}""");
    }
}
