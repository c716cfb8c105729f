namespace Kthena.Silo.Admission.Certificates;

/// <summary>Where the serving certificate comes from.</summary>
internal interface IPairSource
{
    /// <summary>Reads the pair as it is now, and makes or renews it where that is the source's to do.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="AdmissionWebhookException">There is none, or none that can be used; the message says what helps.</exception>
    Task<ServingPair> ReadAsync(CancellationToken cancellation);
}
