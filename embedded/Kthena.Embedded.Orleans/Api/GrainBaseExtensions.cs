using Kthena.Embedded.Runtime;
using Orleans.Runtime;

namespace Orleans;

/// <summary>What a grain may ask of its activation.</summary>
public static class GrainBaseExtensions
{
    /// <summary>Deactivates the grain when its running calls have ended.</summary>
    public static void DeactivateOnIdle(this IGrainBase grain) =>
        Activation.Of(grain).Deactivate(
            new DeactivationReason(DeactivationReasonCode.ApplicationRequested, $"{nameof(DeactivateOnIdle)} was called."));

    /// <summary>Starts a timer that belongs to the grain. See the overload with a state.</summary>
    public static IGrainTimer RegisterGrainTimer(
        this IGrainBase grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return grain.RegisterGrainTimer(static (call, stopped) => call(stopped), callback, options);
    }

    /// <summary>
    /// Starts a timer that belongs to the grain. Its callback runs as a turn of the grain and, unless asked, not between the
    /// turns of another call; the period is counted from the end of one callback to the start of the next.
    /// </summary>
    /// <param name="grain">The grain.</param>
    /// <param name="callback">Gets the state and a token that is cancelled when the timer is disposed or the grain deactivates.</param>
    /// <param name="state">Handed to the callback.</param>
    /// <param name="options">When it fires; <see cref="Timeout.InfiniteTimeSpan"/> means never.</param>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return Activation.Of(grain).RegisterTimer(new GrainTimer<TState>(Activation.Of(grain), callback, state, options), options);
    }
}
