using Orleans.Runtime;

namespace Orleans
{
    /// <summary>What the runtime asks of a grain class.</summary>
    public interface IGrainBase
    {
        /// <summary>The activation that runs this grain.</summary>
        IGrainContext GrainContext { get; }

        /// <summary>Runs before the first call.</summary>
        Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

        /// <summary>Runs after the last call.</summary>
        Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
    }

    /// <summary>Why a grain is being deactivated.</summary>
    public readonly struct DeactivationReason
    {
        /// <summary>Creates a reason.</summary>
        public DeactivationReason(DeactivationReasonCode code, string text)
            : this(code, null, text)
        {
        }

        /// <summary>Creates a reason with the fault that caused it.</summary>
        public DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
        {
            ReasonCode = code;
            Exception = exception;
            Description = text;
        }

        /// <summary>The reason for people.</summary>
        public string Description { get; }

        /// <summary>The reason for programs.</summary>
        public DeactivationReasonCode ReasonCode { get; }

        /// <summary>The fault that caused it, if one did.</summary>
        public Exception? Exception { get; }

        /// <inheritdoc/>
        public override string ToString() =>
            Exception is null ? $"{ReasonCode}: {Description}" : $"{ReasonCode}: {Description}. Exception: {Exception}";
    }

    /// <summary>The kinds of reason for a deactivation.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Design", "CA1028", Justification = "The underlying type is part of the contract.")]
    public enum DeactivationReasonCode : byte
    {
        /// <summary>None was given.</summary>
        None,

        /// <summary>The process is stopping.</summary>
        ShuttingDown,

        /// <summary>Activation failed.</summary>
        ActivationFailed,

        /// <summary>The directory could not be reached.</summary>
        DirectoryFailure,

        /// <summary>No call came for the collection age.</summary>
        ActivationIdle,

        /// <summary>The activation did not answer.</summary>
        ActivationUnresponsive,

        /// <summary>Another activation of the same grain exists.</summary>
        DuplicateActivation,

        /// <summary>A call needed another version of the grain.</summary>
        IncompatibleRequest,

        /// <summary>The grain's code failed.</summary>
        ApplicationError,

        /// <summary>The grain asked for it.</summary>
        ApplicationRequested,

        /// <summary>The grain moves to another process.</summary>
        Migrating,

        /// <summary>The runtime asked for it.</summary>
        RuntimeRequested,

        /// <summary>Memory is short.</summary>
        HighMemoryPressure,
    }
}

namespace Orleans.Runtime
{
    /// <summary>One activation of a grain, as seen from outside it.</summary>
    public interface IGrainContext
    {
        /// <summary>The grain's name.</summary>
        GrainId GrainId { get; }

        /// <summary>The grain object, once it has been created.</summary>
        object? GrainInstance { get; }

        /// <summary>The services of this activation.</summary>
        IServiceProvider ActivationServices { get; }

        /// <summary>Completes when the activation is gone.</summary>
        Task Deactivated { get; }

        /// <summary>Starts deactivation; calls that wait are carried to the next activation.</summary>
        void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
    }
}
