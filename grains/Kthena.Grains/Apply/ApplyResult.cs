namespace Kthena.Grains.Apply;

/// <summary>What became of one write.</summary>
public enum ApplyOutcome
{
    /// <summary>It was done.</summary>
    Applied,

    /// <summary>Nothing had to be done: the object to create exists, or the one to delete is gone.</summary>
    Unneeded,

    /// <summary>The object is not the one, or not at the version, that the plan saw: plan again.</summary>
    Conflict,

    /// <summary>The API server refuses it as it is: invalid, forbidden, over quota.</summary>
    Rejected,

    /// <summary>The API server cannot do it now: overloaded, failing or not reachable.</summary>
    Unavailable,
}

/// <summary>What became of one write.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Version">The version that the write made; 0 when it made none.</param>
/// <param name="Message">The API server's words; empty when it was done.</param>
/// <param name="RetryAfter">How long the API server asks to wait; null when it does not say.</param>
public readonly record struct ApplyResult(ApplyOutcome Outcome, long Version = 0, string Message = "", TimeSpan? RetryAfter = null);
