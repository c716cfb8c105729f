using System.Diagnostics;

namespace EndToEnd;

/// <summary>One run of a program that ends by itself.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Error">What it wrote to standard error.</param>
internal sealed record ToolProcess(int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    public static async Task<ToolProcess> RunAsync(
        string program, IEnumerable<string> arguments, string? workingFolder = null, string? input = null, (string Name, string? Value)? environment = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = workingFolder ?? Path.GetTempPath(),
        };
        OwnEnvironment.Give(start);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        if (environment is { } variable)
            start.Environment[variable.Name] = variable.Value;
        using Process process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            if (input is not null)
                await process.StandardInput.WriteAsync(input.AsMemory(), deadline.Token);
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return new ToolProcess(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {Deadline.TotalSeconds} s.");
        }
    }

    /// <summary>Sends a signal to a process. The shell does it itself: not every image has the program <c>kill</c>.</summary>
    /// <param name="process">Its id.</param>
    /// <param name="signal">The signal's name without SIG.</param>
    public static async Task SignalAsync(int process, string signal) => (await RunAsync("sh", ["-c", $"kill -{signal} {process}"])).Succeeded();

    /// <summary>The output of a run that must succeed.</summary>
    public string Succeeded()
    {
        ExitCode.ShouldBe(0, $"stdout: {Output}\nstderr: {Error}");
        return Output;
    }
}
