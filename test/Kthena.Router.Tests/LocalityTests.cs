using System.Net;

namespace Kthena.Router.Tests;

public sealed class LocalityTests
{
    private static readonly string Prefix = string.Concat(Enumerable.Range(0, 100).Select(static number => $"shared sentence {number}. "));

    [Fact]
    public async Task PromptsWithOnePrefix_LandOnOnePod()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 4);

        for (int index = 0; index < 20; index++)
            (await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"{Prefix}question {index}"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        gateway.Engines.Count(static engine => !engine.Seen.IsEmpty).ShouldBe(1);
    }

    [Fact]
    public async Task BurstWithOneNewPrefix_StaysTogether()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 4);
        var release = new TaskCompletionSource();
        foreach (ScriptedEngine engine in gateway.Engines)
        {
            engine.Script = async http =>
            {
                await release.Task;
                await ScriptedEngine.Json(http, ScriptedEngine.Answer);
            };
        }

        // No answer comes before every request is in: only what is recorded at dispatch can keep them together. Two that are picked
        // for at the same instant know nothing of each other, so the first is sent before the rest.
        var burst = new List<Task<HttpResponseMessage>>();
        foreach (int size in new[] { 1, 50 })
        {
            while (burst.Count < size)
                burst.Add(gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"{Prefix}question {burst.Count}")));
            while (gateway.Engines.Sum(static engine => engine.Seen.Count) < size)
                await Task.Yield();
        }
        release.SetResult();
        await Task.WhenAll(burst);

        gateway.Engines.Count(static engine => !engine.Seen.IsEmpty).ShouldBe(1);
    }

    [Fact]
    public async Task DifferentPrompts_Spread()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 4);

        for (int index = 0; index < 40; index++)
            await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"{index} {new string((char)('a' + (index % 26)), 300)}"));

        gateway.Engines.Count(static engine => !engine.Seen.IsEmpty).ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task PrefixSentThroughOneRouter_IsFoundThroughTheOther()
    {
        await using Gateway gateway = await Gateway.StartAsync(engines: 4);
        using HttpClient other = await gateway.AddRouterAsync(static options => options with { Seed = 99 });
        await gateway.SecondRouterReadyAsync();
        await gateway.Client.PostAsync("/v1/chat/completions", Gateway.Chat($"{Prefix}first"));
        ScriptedEngine holder = gateway.Engines.Single(static engine => !engine.Seen.IsEmpty);
        await gateway.UntilRecordedAsync(holder, Prefix);

        for (int index = 0; index < 5; index++)
            await other.PostAsync("/v1/chat/completions", Gateway.Chat($"{Prefix}then {index}"));

        holder.Seen.Count.ShouldBe(6);
    }
}
