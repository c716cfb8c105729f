using System.Diagnostics.CodeAnalysis;
using Kthena.Embedded.Runtime;
using Orleans.Runtime;

namespace Orleans;

/// <summary>The start of every grain class: its life cycle and what it may ask of the runtime.</summary>
[SuppressMessage("Naming", "CA1725", Justification = "The parameters' names are part of the contract.")]
public abstract class Grain : IGrainBase, IAddressable
{
    /// <summary>Binds the grain to the activation that is being created on this thread.</summary>
    protected Grain() => GrainContext = Activation.Running;

    /// <summary>The activation that runs this grain; null when the class was created outside the runtime.</summary>
    [AllowNull]
    public IGrainContext GrainContext { get; private set; }

    /// <summary>Makes references to other grains.</summary>
    protected IGrainFactory GrainFactory => Activation.Of(this).Silo.GrainFactory;

    /// <summary>The services of this activation.</summary>
    protected internal IServiceProvider ServiceProvider => Activation.Of(this).ActivationServices;

    /// <summary>Deactivates this grain when its running calls have ended.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    /// <summary>Keeps this activation from idle collection for a time.</summary>
    /// <param name="timeSpan">How long from now; a value that is not positive ends an earlier delay.</param>
    protected void DelayDeactivation(TimeSpan timeSpan) => Activation.Of(this).DelayDeactivation(timeSpan);

    /// <summary>Runs before the first call. If it throws, the callers waiting see its exception.</summary>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after the last call. It is not run when the process dies.</summary>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;
}
