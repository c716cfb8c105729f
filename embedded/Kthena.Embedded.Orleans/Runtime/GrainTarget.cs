using Kthena.Embedded.Runtime;
using Orleans.Runtime;

namespace Kthena.Embedded.CodeGeneration;

/// <summary>Where the calls of a reference go.</summary>
public abstract class GrainTarget : IEquatable<GrainTarget>
{
    private protected GrainTarget(SiloRuntime silo, string key)
    {
        Silo = silo;
        Key = key;
    }

    internal SiloRuntime Silo { get; }

    internal string Key { get; }

    /// <summary>The silo that the running code is in: references are passed on between the silos of a simulation.</summary>
    private protected SiloRuntime Sender => Silo.Network is null ? Silo : Activation.Running?.Silo ?? Silo;

    /// <inheritdoc/>
    public abstract bool Equals(GrainTarget? other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GrainTarget);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Key);

    internal void Send(GrainCall call)
    {
        call.Target = this;
        var sender = Sender;
        call.Open(sender.Turns);
        if (!call.IsAnswered && (call.Options & CallOptions.OneWay) == 0)
        {
            if (call.ResponseTimeout is { } timeout)
            {
                call.StartOwnTimeout(sender.Time, timeout);
            }
            else if (Silo.Network is not null)
            {
                // The silo that would count the ticks may die before it answers.
                call.StartOwnTimeout(sender.Time, sender.ResponseTimeout);
            }
            else
            {
                call.Deadline = Silo.Deadlines.Next;
            }

            call.ObserveCancellation();
        }

        call.RequestContextData = RequestContext.Export();
        Forward(call);
    }

    /// <summary>Sends a call on, or fails it if there is nowhere to send it.</summary>
    internal void Forward(GrainCall call)
    {
        if (Silo.IsRunning)
        {
            Deliver(call);
        }
        else
        {
            Refuse(call);
        }
    }

    private protected static void Refuse(GrainCall call) => call.TryFail(new OrleansMessageRejectionException(
        $"The call {call.Description} was refused: the silo is not running. Call grains between the host's start and stop."));

    internal abstract void Deliver(GrainCall call);
}

/// <summary>A grain.</summary>
internal sealed class GrainByKey(SiloRuntime silo, GrainClass grainClass, string key) : GrainTarget(silo, key)
{
    private Activation? _activation;

    public override bool Equals(GrainTarget? other) =>
        other is GrainByKey grain && grain.Key == Key && grain.Class.Type == Class.Type
        && (ReferenceEquals(grain.Silo, Silo) || ReferenceEquals(grain.Silo.Network, Silo.Network ?? (object)Silo));

    public override string ToString() => $"{Class.Name}/{Key}";

    internal GrainClass Class { get; } = grainClass;

    internal override void Deliver(GrainCall call)
    {
        if (Silo.Network is { } network)
        {
            network.Send(Sender, this, call);
            return;
        }

        var activation = _activation;
        if (activation is null || activation.IsGone)
        {
            activation = Silo.IsStopping ? Class.Find(Key) : Class.GetOrAdd(Silo, Key);
            if (activation is null)
            {
                Refuse(call);
                return;
            }

            _activation = activation;
        }

        activation.Push(call);
    }
}

/// <summary>An object that a client registered, held weakly.</summary>
internal sealed class RegisteredObserver(SiloRuntime silo, string key, object observer) : GrainTarget(silo, key)
{
    private readonly Activation _activation = new(silo, key, new WeakReference(observer));
    private volatile bool _deleted;

    public override bool Equals(GrainTarget? other) => ReferenceEquals(this, other);

    public override string ToString() => $"observer/{Key}";

    public void Delete() => _deleted = true;

    internal override void Deliver(GrainCall call)
    {
        if (_deleted || _activation.Instance is null)
        {
            Log.ObserverGone(Silo.Logger, call.Description);
            call.TryFail(new OrleansMessageRejectionException(
                $"The call {call.Description} was refused: its observer is gone. Keep a reference to an observer while it is in use."));
            return;
        }

        if (Silo.Network is { } network)
        {
            network.Carry(Sender, Silo, () => _activation.Push(call));
        }
        else
        {
            _activation.Push(call);
        }
    }
}
