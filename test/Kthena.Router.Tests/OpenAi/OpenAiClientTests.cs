using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Tests.OpenAi;

public sealed class OpenAiClientTests
{
    [OpenAiFact]
    public async Task OfficialLibrary_ListsAsksStreams_AndUnderstandsErrors()
    {
        if (!OpenAiFactAttribute.IsInstalled)
        {
            Directory.CreateDirectory(OpenAiFactAttribute.Folder);
            await RunAsync("npm", "install", "--no-audit", "--no-fund", "--prefix", OpenAiFactAttribute.Folder, "openai@4");
        }
        await using Gateway gateway = await Gateway.StartAsync();
        // The library asks once for an answer, then once for a stream.
        int asked = 0;
        gateway.Engines[0].Script = http => AnswerAsync(http, isStream: Interlocked.Increment(ref asked) > 1);

        string output = await RunAsync(
            "node", Path.Combine(AppContext.BaseDirectory, "OpenAi", "client.mjs"), OpenAiFactAttribute.Folder, new Uri(gateway.Router.Address, "v1").ToString());

        JsonElement result = JsonDocument.Parse(output).RootElement;
        result.GetProperty("models").EnumerateArray().Select(static id => id.GetString()).ShouldBe(["my-lora", "tiny"]);
        result.GetProperty("answer").GetString().ShouldBe("hi");
        result.GetProperty("chunks").EnumerateArray().Select(static chunk => chunk.GetString()).ShouldBe(["a", "b"]);
        JsonElement error = result.GetProperty("error");
        error.GetProperty("isNotFound").GetBoolean().ShouldBeTrue();
        error.GetProperty("code").GetString().ShouldBe("model_not_found");
        error.GetProperty("type").GetString().ShouldBe("invalid_request_error");
        error.GetProperty("requestId").GetString().ShouldNotBeNullOrEmpty();
        gateway.Engines[0].Seen.ShouldAllBe(static seen => !seen.Headers.ContainsKey("Authorization"));
    }

    private static async Task AnswerAsync(HttpContext http, bool isStream)
    {
        if (!isStream)
        {
            await ScriptedEngine.Json(http, ScriptedEngine.Answer);
            return;
        }
        http.Response.ContentType = "text/event-stream";
        foreach (string text in new[] { "a", "b" })
            await http.Response.WriteAsync($$$"""data: {"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"{{{text}}}"}}]}""" + "\n\n");
        await http.Response.WriteAsync("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}\n\ndata: [DONE]\n\n");
    }

    private static async Task<string> RunAsync(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        process.ExitCode.ShouldBe(0, await error);
        return output;
    }
}
