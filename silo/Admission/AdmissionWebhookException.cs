namespace Kthena.Silo.Admission;

/// <summary>The admission webhooks have no certificate to serve with; the message says why and what helps.</summary>
public sealed class AdmissionWebhookException : Exception
{
    /// <summary>Says what is wrong.</summary>
    /// <param name="message">What is wrong and what helps.</param>
    public AdmissionWebhookException(string message) : base(message)
    {
    }

    /// <summary>Says what is wrong and what it comes from.</summary>
    /// <param name="message">What is wrong and what helps.</param>
    /// <param name="cause">What it comes from.</param>
    public AdmissionWebhookException(string message, Exception cause) : base(message, cause)
    {
    }
}
