using System.Collections.Concurrent;
using System.Diagnostics;

namespace EndToEnd.Kills;

/// <summary>A process of the built command that ends by SIGKILL: no handler runs, nothing is flushed.</summary>
internal sealed class KilledProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _errors = new();

    private KilledProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data == "ready")
                _ready.TrySetResult();
        };
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"kthena {string.Join(' ', start.ArgumentList.Skip(1))} ended. {string.Join('\n', _errors)}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public static KilledProcess Start(params IEnumerable<string> arguments) => new(Platform.Command(arguments));

    /// <summary>Completes with the line <c>ready</c>.</summary>
    public Task ReadyAsync() => _ready.Task.WaitAsync(Deadline);

    public async Task KillAsync()
    {
        // Whoever waits for it to be ready is gone by now.
        _ = _ready.Task.ContinueWith(static task => task.Exception, TaskScheduler.Default);
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }
}
