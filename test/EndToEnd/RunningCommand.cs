using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace EndToEnd;

/// <summary>One run of the command that goes on until it is ended, with all that it says.</summary>
internal sealed class RunningCommand : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    private static readonly Stopwatch Clock = Stopwatch.StartNew();

    private static int _ports = Environment.ProcessId % 1000 * 12;

    private readonly Process _process;
    private readonly List<(TimeSpan At, string Text)> _lines = [];
    private TaskCompletionSource _more = NewSignal();

    private RunningCommand(Process process)
    {
        _process = process;
        _ = PumpAsync(process.StandardOutput);
        _ = PumpAsync(process.StandardError);
    }

    /// <summary>The moment, for all commands on one clock.</summary>
    public static TimeSpan Now => Clock.Elapsed;

    /// <summary>Starts it and waits until it says that it is ready.</summary>
    /// <param name="environment">A variable that only it has; null for none.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<RunningCommand> StartAsync((string Name, string? Value)? environment, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = Platform.Command(arguments);
        if (environment is { } variable)
            start.Environment[variable.Name] = variable.Value;
        var command = new RunningCommand(Process.Start(start)!);
        try
        {
            await command.LineAsync("^ready$");
            return command;
        }
        catch
        {
            await command.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// A port that nothing listened on a moment ago, below those that connections take by themselves: no client of another test
    /// comes in between.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            int port = 20_000 + (Interlocked.Increment(ref _ports) % 12_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }
    }

    /// <summary>The first line that matches and was said after a moment, waited for.</summary>
    /// <param name="pattern">What it matches.</param>
    /// <param name="after">That moment, in terms of <see cref="Now"/>.</param>
    public async Task<(TimeSpan At, string Text)> LineAsync(string pattern, TimeSpan after = default)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (true)
        {
            Task more = Volatile.Read(ref _more).Task;
            if (Lines(pattern).Where(line => line.At >= after).Select(static line => ((TimeSpan, string)?)line).FirstOrDefault() is { } found)
                return found;
            if (_process.HasExited)
                throw new InvalidOperationException($"It ended with {_process.ExitCode} before it said '{pattern}'. {Tail()}");
            try
            {
                await more.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"It did not say '{pattern}' within {Deadline.TotalSeconds:0} s. {Tail()}");
            }
        }
    }

    /// <summary>All lines so far that match.</summary>
    public (TimeSpan At, string Text)[] Lines(string pattern)
    {
        lock (_lines)
            return [.. _lines.Where(line => Regex.IsMatch(line.Text, pattern))];
    }

    /// <summary>Ends it as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end as Kubernetes does, and waits for it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        await ToolProcess.SignalAsync(_process.Id, "TERM");
        using var deadline = new CancellationTokenSource(Deadline);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private async Task PumpAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is string line)
        {
            lock (_lines)
                _lines.Add((Clock.Elapsed, line));
            Interlocked.Exchange(ref _more, NewSignal()).SetResult();
        }
        Interlocked.Exchange(ref _more, NewSignal()).SetResult();
    }

    private string Tail()
    {
        lock (_lines)
            return string.Join('\n', _lines.TakeLast(20).Select(static line => line.Text));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
