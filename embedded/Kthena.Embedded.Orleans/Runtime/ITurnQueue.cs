namespace Kthena.Embedded.Runtime;

/// <summary>
/// Decides when and where an activation that has something to do runs. With <see cref="TimeProvider"/> this is all that stands
/// between the runtime and its environment.
/// </summary>
internal interface ITurnQueue
{
    /// <summary>Has <see cref="Activation.Run"/> called once, soon.</summary>
    void Queue(Activation activation);

    /// <summary>Has <see cref="Activation.Run"/> called once, after everything that is queued already.</summary>
    void QueueLast(Activation activation);

    /// <summary>
    /// Whether answers are given by <see cref="Defer"/> as turns of their own. Otherwise they are given at once and what awaits
    /// them goes to its own scheduler, or to the thread pool.
    /// </summary>
    bool DefersAnswers => false;

    /// <summary>Has an answer given once, soon.</summary>
    void Defer(Action answer) => answer();
}

/// <summary>
/// A turn queue that lets nothing into an inbox from where it should not come. An activation that is queued already is not queued
/// again for a further entry, so <see cref="ITurnQueue.Queue"/> alone does not see them all.
/// </summary>
internal interface ITurnGuard
{
    /// <summary>Whether an entry may be put into the activation's inbox; if not, it is dropped.</summary>
    bool Admits(Activation activation);
}

/// <summary>Runs activations on the thread pool.</summary>
internal sealed class ThreadPoolTurnQueue : ITurnQueue
{
    public void Queue(Activation activation) => ThreadPool.UnsafeQueueUserWorkItem(activation, preferLocal: true);

    public void QueueLast(Activation activation) => ThreadPool.UnsafeQueueUserWorkItem(activation, preferLocal: false);

    public override string ToString() => "this silo";
}
