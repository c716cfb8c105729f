using System.Diagnostics;
using Kthena.Embedded.Storage.Tests.Writing;

namespace Kthena.Embedded.Storage.Tests;

/// <summary>This assembly as another process.</summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);
    private readonly Process _process;
    private readonly CancellationTokenSource _deadline = new(Deadline);

    private ChildProcess(Process process) => _process = process;

    public static ChildProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>The next line without its full stop; null at the end. A line that the kill cut was never said.</summary>
    public async Task<string?> NextLineAsync() =>
        await _process.StandardOutput.ReadLineAsync(_deadline.Token) is { } line && line.EndsWith(Report.End) ? line[..^1] : null;

    /// <summary>Waits for a host to say that it runs.</summary>
    public async Task UntilReadyAsync() => (await _process.StandardOutput.ReadLineAsync(_deadline.Token)).ShouldBe("ready", await ErrorIfEndedAsync());

    /// <summary>kill -9.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Lets a host end in order.</summary>
    public async Task<(int ExitCode, string Error)> EndAsync()
    {
        _process.StandardInput.Close();
        Task<string> error = _process.StandardError.ReadToEndAsync(_deadline.Token);
        await _process.WaitForExitAsync(_deadline.Token);
        return (_process.ExitCode, await error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
        _deadline.Dispose();
    }

    private async Task<string> ErrorIfEndedAsync() =>
        _process.HasExited ? await _process.StandardError.ReadToEndAsync(_deadline.Token) : "";
}
