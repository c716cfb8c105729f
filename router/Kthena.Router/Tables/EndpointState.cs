using Kthena.Model.Routing;

namespace Kthena.Router.Tables;

/// <summary>What this router knows of one endpoint beyond the snapshot. It lives as long as the pod is in the table.</summary>
/// <param name="view">The endpoint.</param>
/// <param name="number">Its number in the model server's <see cref="PromptMemory"/>.</param>
internal sealed class EndpointState(EngineEndpoint view, int number)
{
    private int _inFlight;

    public EngineEndpoint View { get; } = view;

    public string BaseUrl { get; } = view.BaseUrl;

    public int Number { get; } = number;

    /// <summary>Requests that this router sent there and that have not ended.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public void Begin() => Interlocked.Increment(ref _inFlight);

    public void End() => Interlocked.Decrement(ref _inFlight);
}
