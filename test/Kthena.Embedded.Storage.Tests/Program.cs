using Kthena.Embedded.Kubernetes;
using Kthena.Embedded.Storage.Tests.Writing;

namespace Kthena.Embedded.Storage.Tests;

/// <summary>What this assembly is when a test starts it as a process of its own.</summary>
public static class Program
{
    private const string Usage = """
        write FOLDER   takes up what the folder holds, tells it, and writes until it is killed, telling each write that was acknowledged
        read FOLDER    takes up what the folder holds, tells it, and ends in order
        api FOLDER     runs an API server until its input ends
        silo FOLDER    runs a silo until its input ends
        """;

    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["write", var folder]:
                await WriterProcess.RunAsync(folder, writes: true);
                return 0;
            case ["read", var folder]:
                await WriterProcess.RunAsync(folder, writes: false);
                return 0;
            case ["api", var folder]:
                return await HoldAsync(async () => await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions(folder)));
#if !ORLEANS
            case ["silo", var folder]:
                return await HoldAsync(async () => await Silo.StoringSilo.StartAsync(folder));
#endif
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    /// <summary>Runs a host until the input ends; a host that cannot start says why, as a command does.</summary>
    private static async Task<int> HoldAsync(Func<Task<IAsyncDisposable>> start)
    {
        try
        {
            await using IAsyncDisposable host = await start();
            Console.WriteLine("ready");
            await Console.In.ReadToEndAsync();
            return 0;
        }
        catch (Exception refusal) when (refusal is IOException or EmbeddedApiServerException)
        {
            Console.Error.WriteLine(refusal.Message);
            return 1;
        }
    }
}
