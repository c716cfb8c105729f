using Kthena.Embedded.CodeGeneration;

namespace Kthena.Embedded.Runtime;

/// <summary>What an activation admits by the rules of interleaving: a call or a timer's callback.</summary>
public abstract class GrainRequest : TurnItem
{
    private protected GrainRequest(CallOptions options) => Options = options;

    internal CallOptions Options { get; }

    internal bool IsAlwaysInterleave => (Options & CallOptions.AlwaysInterleave) != 0;

    internal bool IsReadOnly => (Options & CallOptions.ReadOnly) != 0;

    /// <summary>Whether nobody waits for it any more, so that it need not start.</summary>
    internal abstract bool IsAnswered { get; }

    internal abstract string Description { get; }

    /// <summary>Neighbours in the activation's list of running or of waiting requests.</summary>
    internal GrainRequest? Before { get; set; }

    internal GrainRequest? After { get; set; }

    /// <summary>Runs as a turn of the activation and ends with <see cref="Activation.Completed"/> in a turn of it.</summary>
    internal abstract void Start(Activation activation);
}

/// <summary>A doubly linked list through the requests themselves; a request is in at most one.</summary>
internal struct RequestList
{
    public GrainRequest? First { get; private set; }

    public GrainRequest? Last { get; private set; }

    public int Count { get; private set; }

    public void Add(GrainRequest request)
    {
        request.Before = Last;
        request.After = null;
        if (Last is null)
        {
            First = request;
        }
        else
        {
            Last.After = request;
        }

        Last = request;
        Count++;
    }

    public void Remove(GrainRequest request)
    {
        if (request.Before is null)
        {
            First = request.After;
        }
        else
        {
            request.Before.After = request.After;
        }

        if (request.After is null)
        {
            Last = request.Before;
        }
        else
        {
            request.After.Before = request.Before;
        }

        request.Before = null;
        request.After = null;
        Count--;
    }
}
