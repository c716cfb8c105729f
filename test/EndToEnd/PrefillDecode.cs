using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace EndToEnd;

/// <summary>The example with prefill and decode on different pods, applied as its readme says.</summary>
public sealed class PrefillDecode : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-e2e-");

    [KubectlFact]
    public async Task Example_IsAnsweredByDecode_WithWhatPrefillComputed()
    {
        await using Platform platform = await Platform.StartAsync(Path.Combine(_folder.FullName, "data"), "--no-quickstart");
        (await platform.KubectlAsync("apply", "-f", Path.Combine(Build.RepositoryRoot, "examples", "prefill-decode"))).Succeeded();
        (await platform.KubectlAsync("wait", "modelserving/split", "--timeout=180s", "--for=jsonpath={.status.availableReplicas}=2")).Succeeded();
        string prompt = new('x', 4000);

        using HttpResponseMessage response = await AskAsync(platform, prompt);

        string served = response.Headers.GetValues("x-served-by").Single();
        served.ShouldContain("-decode-");
        JsonNode usage = (await response.Content.ReadFromJsonAsync<JsonNode>())!["usage"]!;
        usage["prompt_tokens_details"]!["cached_tokens"]!.GetValue<int>().ShouldBe(usage["prompt_tokens"]!.GetValue<int>() - 1);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>The gateway may hear of the pods a moment after their status says that they are ready.</summary>
    private static async Task<HttpResponseMessage> AskAsync(Platform platform, string prompt)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            HttpResponseMessage response = await platform.Http.PostAsJsonAsync(
                new Uri(platform.Gateway, "/v1/completions"), new { model = "split", prompt, max_tokens = 4 }, limit.Token);
            if (response.IsSuccessStatusCode)
                return response;
            response.Dispose();
            await Task.Delay(100, limit.Token);
        }
    }
}
