using Kthena.Embedded.Runtime;
using Orleans.Runtime;

namespace Kthena.Embedded.CodeGeneration;

/// <summary>A reference to a grain or an observer: generated code derives a class per interface.</summary>
public abstract class GrainProxy : IAddressable, IEquatable<GrainProxy>
{
    /// <summary>Creates a reference.</summary>
    protected GrainProxy(GrainTarget target) => Target = target;

    internal GrainTarget Target { get; }

    /// <summary>Sends a call that has no value as answer.</summary>
    protected Task Send(VoidCall call)
    {
        Target.Send(call);
        return call.Answer;
    }

    /// <summary>Sends a call that has a value as answer.</summary>
    protected Task<TResult> Send<TResult>(ResultCall<TResult> call)
    {
        Target.Send(call);
        return call.Answer;
    }

    /// <inheritdoc/>
    public bool Equals(GrainProxy? other) => other is not null && Target.Equals(other.Target);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainProxy other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Target.GetHashCode();

    /// <inheritdoc/>
    public override string? ToString() => Target.ToString();
}
