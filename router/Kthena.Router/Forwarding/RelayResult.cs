using System.Globalization;
using Kthena.Router.Gateway;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Router.Forwarding;

/// <summary>What came of relaying an engine's answer.</summary>
/// <param name="Error">What broke it.</param>
/// <param name="PassedOverStatus">The status of an answer that is not passed on, because another endpoint is asked; else 0.</param>
internal readonly record struct RelayResult(ForwarderError Error, int PassedOverStatus)
{
    /// <summary>Whether the client has an engine's answer.</summary>
    public bool IsAnswered => Error == ForwarderError.None && PassedOverStatus == 0;

    /// <summary>Why it has none, for people.</summary>
    public string Fault => PassedOverStatus == 0 ? $"{Error}" : string.Create(CultureInfo.InvariantCulture, $"it answered {PassedOverStatus}");

    /// <summary>Whether no further attempt can be made: the client has part of an answer, or has left. What broke it off is noted then.</summary>
    /// <param name="request">The request.</param>
    public bool Ends(RoutedRequest request)
    {
        if (!request.Http.Response.HasStarted && !request.Http.RequestAborted.IsCancellationRequested)
            return false;
        request.RelayError = Error == ForwarderError.None ? ForwarderError.RequestCanceled : Error;
        return true;
    }
}
