namespace EndToEnd.Kills;

/// <summary>A platform whose control plane can be killed at any moment and started again.</summary>
internal abstract class Victim : IDisposable
{
    private KilledProcess? _process;
    private ApiServer? _api;

    /// <summary>The way to the API server, as the kubeconfig names it since the last start.</summary>
    public ApiServer Api => _api ??= new ApiServer(Kubeconfig);

    public abstract string Kubeconfig { get; }

    protected abstract string[] Arguments { get; }

    /// <summary>Starts the process; it may not be ready yet.</summary>
    public void Start() => _process = KilledProcess.Start(Arguments);

    /// <summary>Waits until what was started is ready.</summary>
    public async Task ReadyAsync()
    {
        await _process!.ReadyAsync();
        _api?.Dispose();
        _api = null;
    }

    /// <summary>Kills the process.</summary>
    public async Task KillAsync()
    {
        await _process!.KillAsync();
        _process.Dispose();
    }

    public virtual void Dispose()
    {
        _process?.Dispose();
        _api?.Dispose();
    }
}
