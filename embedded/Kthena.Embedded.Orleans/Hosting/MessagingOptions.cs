namespace Orleans.Configuration;

/// <summary>How callers wait.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1012", Justification = "The constructor is part of the contract.")]
public abstract class MessagingOptions
{
    /// <summary>How long a caller waits for an answer. Default: 30 s.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
