using Kthena.Model;
using Microsoft.Extensions.Logging;

namespace Kthena.Silo.Admission;

/// <summary>What the admission webhooks tell.</summary>
internal static partial class AdmissionLog
{
    [LoggerMessage(EventId = 5301, Level = LogLevel.Information, Message = "A {Kind} was denied: {Denial}")]
    public static partial void ReviewDenied(this ILogger logger, string kind, string denial);

    [LoggerMessage(EventId = 5302, Level = LogLevel.Warning, Message = "{Path} was sent something that is no review; answered {Status}")]
    public static partial void ReviewBad(this ILogger logger, string path, int status);

    [LoggerMessage(EventId = 5303, Level = LogLevel.Error, Message = "{Path} failed")]
    public static partial void ReviewFailed(this ILogger logger, string? path, Exception failure);

    [LoggerMessage(EventId = 5304, Level = LogLevel.Information, Message = "Serving the certificate {Thumbprint}, good until {NotAfter:u}")]
    public static partial void CertificateServed(this ILogger logger, string thumbprint, DateTimeOffset notAfter);

    [LoggerMessage(EventId = 5305, Level = LogLevel.Warning, Message = "The certificate could not be checked; the one in use is good until {NotAfter:u}: {Error}")]
    public static partial void CheckFailed(this ILogger logger, DateTimeOffset notAfter, string error);

    [LoggerMessage(EventId = 5306, Level = LogLevel.Warning, Message = "The webhook configurations could not be given the authority: {Error}")]
    public static partial void BundlesFailed(this ILogger logger, string error);

    [LoggerMessage(EventId = 5307, Level = LogLevel.Information, Message = "{Kind} {Name} got the authority in {Entries} of its webhooks")]
    public static partial void BundleWritten(this ILogger logger, string kind, string name, int entries);

    [LoggerMessage(EventId = 5308, Level = LogLevel.Warning, Message = "{Kind} {Name} is not there, so its webhooks are not asked")]
    public static partial void ConfigurationMissing(this ILogger logger, string kind, string name);

    [LoggerMessage(EventId = 5309, Level = LogLevel.Information, Message = "The Secret {Key} got a new certificate: {Reason}")]
    public static partial void SecretWritten(this ILogger logger, NamespacedName key, string reason);

    [LoggerMessage(EventId = 5310, Level = LogLevel.Warning, Message = "The Secret {Key} needs a new certificate ({Reason}) and could not be written: {Error}")]
    public static partial void SecretNotWritten(this ILogger logger, NamespacedName key, string reason, string error);

    [LoggerMessage(EventId = 5311, Level = LogLevel.Information, Message = "Admission webhooks listen on {Address}")]
    public static partial void Listening(this ILogger logger, Uri address);
}
