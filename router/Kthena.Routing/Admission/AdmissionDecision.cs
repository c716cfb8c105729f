namespace Kthena.Routing.Admission;

/// <summary>Whether a request may go on.</summary>
public enum AdmissionOutcome
{
    /// <summary>It may.</summary>
    Admitted,

    /// <summary>Its prompt has more tokens than are left.</summary>
    InputExceeded,

    /// <summary>Answers before it used up all tokens.</summary>
    OutputExceeded,
}

/// <summary>Whether a request may go on, and if not, when to ask again.</summary>
/// <param name="Outcome">Whether it may.</param>
/// <param name="RetryAfter">When it could; null when it may go on, or never could.</param>
public readonly record struct AdmissionDecision(AdmissionOutcome Outcome, TimeSpan? RetryAfter = null);
