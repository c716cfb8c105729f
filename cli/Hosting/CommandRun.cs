using Kthena.Kubernetes;

namespace Kthena.Cli.Hosting;

/// <summary>What every command that runs until it is stopped does around its work.</summary>
internal static class CommandRun
{
    /// <summary>Checks the options, then works; a fault is one line on standard error.</summary>
    /// <param name="faults">Faults of the options, one sentence each.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellation">Ctrl-C or a termination signal.</param>
    /// <returns>0 after a stop that was asked for, 1 when the work failed, 2 when the options are wrong.</returns>
    public static async Task<int> RunAsync(IEnumerable<string> faults, Func<Task> work, CancellationToken cancellation)
    {
        string[] wrong = [.. faults];
        foreach (string fault in wrong)
            await Console.Error.WriteLineAsync($"kthena: {fault}");
        if (wrong.Length > 0)
            return 2;
        try
        {
            await work();
            return 0;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception fault) when (fault is StartException or KubeconfigException)
        {
            await Console.Error.WriteLineAsync($"kthena: {fault.Message}");
            return 1;
        }
    }
}
