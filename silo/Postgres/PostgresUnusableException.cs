namespace Kthena.Silo.Postgres;

/// <summary>PostgreSQL was asked for and cannot be used; the message says why and what to do.</summary>
public sealed class PostgresUnusableException : Exception
{
    /// <summary>Says so.</summary>
    public PostgresUnusableException()
    {
    }

    /// <summary>Says so.</summary>
    /// <param name="message">Why, and what to do.</param>
    public PostgresUnusableException(string message)
        : base(message)
    {
    }

    /// <summary>Says so.</summary>
    /// <param name="message">Why, and what to do.</param>
    /// <param name="cause">What was thrown.</param>
    public PostgresUnusableException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
