using Kthena.Embedded.Runtime;

namespace Kthena.Embedded.CodeGeneration;

/// <summary>How a call may run, as its interface method declares it.</summary>
[Flags]
public enum CallOptions
{
    /// <summary>Alone, and answered.</summary>
    None = 0,

    /// <summary>Not answered.</summary>
    OneWay = 1,

    /// <summary>Between the turns of other read-only calls.</summary>
    ReadOnly = 2,

    /// <summary>Between the turns of any call.</summary>
    AlwaysInterleave = 4,
}

/// <summary>One call on its way: generated code derives a class per method that holds the arguments.</summary>
public abstract class GrainCall : GrainRequest
{
    private ITimer? _ownTimeout;
    private CancellationTokenRegistration _cancellation;

    private protected GrainCall(CallOptions options)
        : base(options)
    {
    }

    /// <summary>The interface's full name, for messages.</summary>
    public abstract string InterfaceName { get; }

    /// <summary>The method's name, for messages.</summary>
    public abstract string MethodName { get; }

    /// <summary>How long the caller waits when the method declares it; otherwise null.</summary>
    public virtual TimeSpan? ResponseTimeout => null;

    /// <summary>The token among the arguments, if the method has one.</summary>
    public virtual CancellationToken CallerToken => default;

    internal GrainTarget? Target { get; set; }

    /// <summary>Ticks of <see cref="ResponseDeadlines"/> at which the caller stops waiting.</summary>
    internal int Deadline { get; set; } = int.MaxValue;

    internal Dictionary<string, object>? RequestContextData { get; set; }

    /// <summary>Makes room for the answer. Called once, before the call is sent.</summary>
    internal void Open(ITurnQueue turns)
    {
        Turns = turns;
        if ((Options & CallOptions.OneWay) == 0)
        {
            OpenAnswer(turns.DefersAnswers ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    internal abstract bool TryFail(Exception exception);

    /// <summary>Calls the method on the grain, for filters.</summary>
    internal abstract ValueTask<object?> ExecuteBoxed(object grain);

    private protected ITurnQueue? Turns { get; private set; }

    private protected abstract void OpenAnswer(TaskCreationOptions options);

    internal override string Description => $"{InterfaceName}.{MethodName} to {Target}";

    /// <summary>Makes the caller stop waiting when its token is cancelled.</summary>
    internal void ObserveCancellation()
    {
        var token = CallerToken;
        if (token.CanBeCanceled)
        {
            _cancellation = token.UnsafeRegister(
                static (call, token) => ((GrainCall)call!).TryFail(new OperationCanceledException(token)), this);
        }
    }

    internal void StartOwnTimeout(TimeProvider time, TimeSpan timeout) =>
        _ownTimeout = Detached.CreateTimer(time, static call => ((GrainCall)call!).TimeOut(), this, timeout);

    internal void TimeOut() => TryFail(new TimeoutException(
        $"No answer came in time for the call {Description}. It may still run. If grains wait for each other, declare the "
        + "method [AlwaysInterleave] or the grain [Reentrant]; if the work is long, raise the response timeout."));

    private protected void FailOrLog(Exception exception, Activation activation)
    {
        activation.Observe(exception);
        if (!TryFail(exception))
        {
            activation.LogUnobserved(this, exception);
        }
    }

    private protected void Release()
    {
        _ownTimeout?.Dispose();
        _cancellation.Dispose();
    }
}
