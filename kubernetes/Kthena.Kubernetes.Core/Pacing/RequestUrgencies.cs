namespace Kthena.Kubernetes.Core;

/// <summary>Tells how urgent a request is from what it asks.</summary>
internal static class RequestUrgencies
{
    private const string Leases = "/apis/coordination.k8s.io/";
    private const string Events = "/events";

    /// <summary>How urgent a request is.</summary>
    /// <param name="request">The request.</param>
    public static RequestUrgency Of(KubernetesRequest request)
    {
        if (!request.IsWrite)
            return RequestUrgency.Read;
        if (request.Path.StartsWith(Leases, StringComparison.Ordinal))
            return RequestUrgency.Lease;
        if (IsEvent(request.Path))
            return RequestUrgency.Event;
        return request.Method == "DELETE" ? RequestUrgency.Delete : RequestUrgency.Object;
    }

    /// <summary>Whether a path's resource type is <c>events</c>, in whatever API group.</summary>
    private static bool IsEvent(string path)
    {
        if (!path.Contains(Events, StringComparison.Ordinal))
            return false;
        string[] parts = path.Split('/');
        int at = parts[1] == "api" ? 3 : 4;
        if (at + 2 < parts.Length && parts[at] == "namespaces")
            at += 2;
        return at < parts.Length && parts[at] == "events";
    }
}
