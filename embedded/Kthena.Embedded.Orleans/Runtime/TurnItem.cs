namespace Kthena.Embedded.Runtime;

/// <summary>An entry of an activation's inbox.</summary>
public abstract class TurnItem
{
    private protected TurnItem()
    {
    }

    internal TurnItem? Next { get; set; }
}

/// <summary>A continuation, or a task started from a grain, that belongs to the activation's scheduler.</summary>
internal sealed class TaskItem(Task task) : TurnItem
{
    public Task Task { get; } = task;
}

/// <summary>Asks the activation to look at its own state again.</summary>
internal sealed class SignalItem : TurnItem
{
    /// <summary>Whether it is in the inbox now: it is never there twice.</summary>
    public int Queued;
}
