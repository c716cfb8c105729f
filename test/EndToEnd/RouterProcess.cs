using System.Net;
using Xunit.Abstractions;

namespace EndToEnd;

/// <summary>Routers in processes of their own, clients of a silo.</summary>
public sealed class RouterProcess(ITestOutputHelper output)
{
    /// <summary>Long enough for a machine that is busy with other tests; a cluster's default is 3 ms.</summary>
    private static readonly string[] Patient = ["--prefix-lookup-deadline=500ms"];

    [OrleansFact]
    public async Task SiloKilledAndBack_RequestsAreServedAndPrefixesFoundAgain()
    {
        await using Processes processes = await Processes.StartAsync();
        string[] ports = ["--silo-port", $"{RunningCommand.FreePort()}", "--gateway-port", $"{RunningCommand.FreePort()}"];
        RunningCommand silo = await processes.SiloAsync(ports);
        await processes.ServeAsync("tale", 4);
        (RunningCommand Process, Uri Address) one = await processes.RouterAsync(Patient);
        (RunningCommand Process, Uri Address) other = await processes.RouterAsync(Patient);
        await processes.WarmUpAsync(one.Address, "tale");
        await processes.WarmUpAsync(other.Address, "tale");
        string[] prompts = [.. Enumerable.Range(0, 40).Select(static index => Prompt(index))];
        var pods = new List<string>();
        foreach (string prompt in prompts)
            pods.Add(await processes.ChatAsync(one, "tale", prompt));
        pods.Distinct().Count().ShouldBeGreaterThan(1);

        TimeSpan killed = RunningCommand.Now;
        await silo.KillAsync();
        for (int index = 0; index < 10; index++)
            (await processes.ChatAsync(one, "tale", prompts[index] + "And then?")).ShouldBe(pods[index]);

        await processes.SiloAsync(ports);
        TimeSpan back = RunningCommand.Now;
        (TimeSpan told, string line) = await one.Process.LineAsync("began anew: [0-9]+ records are sent again", after: killed);
        output.WriteLine($"{line.Trim()} {(told - back).TotalSeconds:0.0} s after the silo was ready");
        (told - back).ShouldBeLessThan(TimeSpan.FromSeconds(2));
        int found = 0;
        foreach ((string prompt, string pod) in prompts.Zip(pods))
            found += await processes.ChatAsync(other, "tale", prompt + "And what now?") == pod ? 1 : 0;
        output.WriteLine($"{found} of {prompts.Length} prefixes found through the other router");
        found.ShouldBeGreaterThanOrEqualTo(prompts.Length * 95 / 100);
    }

    [OrleansFact]
    public async Task TwoRouters_OnePrefix_IsFoundThroughBothAndStaysTogether()
    {
        await using Processes processes = await Processes.StartAsync();
        await processes.SiloAsync("--gateway-port", $"{RunningCommand.FreePort()}");
        await processes.ServeAsync("tale", 4);
        (RunningCommand Process, Uri Address) one = await processes.RouterAsync(Patient);
        (RunningCommand Process, Uri Address) other = await processes.RouterAsync(Patient);
        await processes.WarmUpAsync(one.Address, "tale");
        await processes.WarmUpAsync(other.Address, "tale");

        for (int index = 0; index < 8; index++)
        {
            string pod = await processes.ChatAsync(one, "tale", Prompt(index));
            (await processes.ChatAsync(other, "tale", Prompt(index) + "And then?")).ShouldBe(pod);
        }
        string[] burst = await Task.WhenAll(Enumerable.Range(0, 50).Select(index => processes.ChatAsync(one, "tale", $"{Prompt(99)}{index}?")));
        burst.Distinct().Count().ShouldBe(1);
        (await processes.ChatAsync(other, "tale", Prompt(99) + "again?")).ShouldBe(burst[0]);

        (await one.Process.StopAsync()).ShouldBe(0);
    }

    [OrleansFact]
    public async Task Router_BeforeAnySilo_StartsAndIsNotReady()
    {
        await using Processes processes = await Processes.StartAsync();
        (RunningCommand process, Uri address) = await processes.RouterAsync();
        await process.LineAsync("No silo can be reached");
        using HttpClient http = LoopbackHttp.Client();
        (await http.GetAsync(new Uri(address, "/readyz"))).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await http.GetAsync(new Uri(address, "/healthz"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        await processes.SiloAsync("--gateway-port", $"{RunningCommand.FreePort()}");
        await processes.ServeAsync("tale", 1);

        await processes.WarmUpAsync(address, "tale");
        (await http.GetAsync(new Uri(address, "/readyz"))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Router_WhereItCannotRun_SaysSoInOneLine()
    {
        ToolProcess run = await ToolProcess.RunAsync("dotnet", [Build.CommandPath, "router", "--port", "0", "--unheard-of"]);

        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain("--port must be 1 to 65535, not '0'.");
        run.Error.ShouldContain("--unheard-of is no flag of the router's.");
#if !ORLEANS
        run.Error.ShouldContain("-p:GrainRuntime=Orleans");
        run.Error.ShouldContain("kthena up");
#endif
    }

    private static string Prompt(int index) => string.Concat(Enumerable.Repeat($"Chapter {index} of a tale that goes on and on. ", 40));
}
