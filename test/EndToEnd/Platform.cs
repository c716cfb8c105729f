using System.Diagnostics;
using System.Threading.Channels;

namespace EndToEnd;

/// <summary>One running <c>kthena up</c>, as a user starts it.</summary>
internal sealed class Platform : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Task<string> _errors;

    private Platform(Process process, string dataFolder)
    {
        (_process, DataFolder) = (process, dataFolder);
        _errors = process.StandardError.ReadToEndAsync();
    }

    public string DataFolder { get; }

    public Uri Gateway { get; private set; } = new("http://127.0.0.1");

    /// <summary>From the start of the process to the line <c>ready</c>.</summary>
    public TimeSpan StartDuration { get; private set; }

    public HttpClient Http { get; } = LoopbackHttp.Client();

    public int ProcessId => _process.Id;

    public static Task<Platform> StartAsync(string dataFolder, params string[] more) => StartAsync(Command(Up(dataFolder, more)), dataFolder);

    /// <summary>Starts it where the environment has these variables too.</summary>
    public static Task<Platform> StartAsync(string dataFolder, IReadOnlyDictionary<string, string> environment)
    {
        ProcessStartInfo start = Command(Up(dataFolder, []));
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return StartAsync(start, dataFolder);
    }

    /// <summary>
    /// Starts it as a terminal does. A shell starts a job in the background with Ctrl-C ignored, what the job starts inherits that,
    /// and a process that was told to ignore it must. Only GNU's env can give the default back: with another one it stays as it is.
    /// </summary>
    public static async Task<Platform> StartInForegroundAsync(string dataFolder, params string[] more)
    {
        const string Default = "--default-signal=INT";
        ProcessStartInfo start = Command(Up(dataFolder, more));
        if ((await ToolProcess.RunAsync("env", [Default, "true"])).ExitCode == 0)
        {
            start.ArgumentList.Insert(0, Default);
            start.ArgumentList.Insert(1, start.FileName);
            start.FileName = "env";
        }
        return await StartAsync(start, dataFolder);
    }

    private static string[] Up(string dataFolder, string[] more) => ["up", "--data-dir", dataFolder, "--router-port", "0", "--api-port", "0", .. more];

    private static async Task<Platform> StartAsync(ProcessStartInfo start, string dataFolder)
    {
        long started = Stopwatch.GetTimestamp();
        Process process = Process.Start(start)!;
        var platform = new Platform(process, dataFolder);
        try
        {
            await platform.WaitUntilReadyAsync();
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
        platform.StartDuration = Stopwatch.GetElapsedTime(started);
        return platform;
    }

    public static ProcessStartInfo Command(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        OwnEnvironment.Give(start);
        start.ArgumentList.Add(Build.CommandPath);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>Runs kubectl against this platform.</summary>
    public Task<ToolProcess> KubectlAsync(params string[] arguments) =>
        ToolProcess.RunAsync("kubectl", ["--kubeconfig", Path.Combine(DataFolder, "kubeconfig"), .. arguments]);

    /// <summary>Starts kubectl, for what goes on.</summary>
    public Process StartKubectl(params string[] arguments) => Process.Start(
        new ProcessStartInfo("kubectl", ["--kubeconfig", Path.Combine(DataFolder, "kubeconfig"), .. arguments]) { RedirectStandardOutput = true })!;

    /// <summary>Runs kubectl with text on its standard input.</summary>
    public Task<ToolProcess> KubectlInputAsync(string input, params string[] arguments) =>
        ToolProcess.RunAsync("kubectl", ["--kubeconfig", Path.Combine(DataFolder, "kubeconfig"), .. arguments], input: input);

    /// <summary>The next line of standard output that satisfies a condition.</summary>
    public async Task<string> NextLineAsync(Predicate<string> wanted)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await foreach (string line in _lines.Reader.ReadAllAsync(deadline.Token))
        {
            if (wanted(line))
                return line;
        }
        throw new InvalidOperationException($"The platform ended. {await _errors}");
    }

    /// <summary>Ends the process as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks the process to end as Kubernetes does, and waits for it.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> StopAsync() => EndAsync("TERM");

    /// <summary>Presses Ctrl-C, and waits for its end; for one that takes Ctrl-C whatever its starter ignores.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> InterruptAsync() => EndAsync("INT");

    private async Task<int> EndAsync(string signal)
    {
        await ToolProcess.SignalAsync(_process.Id, signal);
        using var deadline = new CancellationTokenSource(Deadline);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        Http.Dispose();
        _process.Dispose();
    }

    private async Task WaitUntilReadyAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (await _process.StandardOutput.ReadLineAsync(deadline.Token) is string line)
        {
            if (line.StartsWith("gateway", StringComparison.Ordinal))
            {
                Gateway = new Uri(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
                _ = PumpAsync();
                return;
            }
        }
        throw new InvalidOperationException($"kthena up ended before it was ready. {await _errors}");
    }

    private async Task PumpAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is string line)
            _lines.Writer.TryWrite(line);
        _lines.Writer.Complete();
    }
}
