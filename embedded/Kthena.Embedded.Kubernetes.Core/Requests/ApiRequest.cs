namespace Kthena.Embedded.Kubernetes.Core.Requests;

/// <summary>One request to the API server, free of any transport.</summary>
/// <param name="Method">The HTTP method in capitals.</param>
/// <param name="Path">The path, unescaped, such as <c>/api/v1/namespaces/default/pods</c>.</param>
/// <param name="Query">The query without its question mark, still escaped; empty for none.</param>
public sealed record ApiRequest(string Method, string Path, string Query = "")
{
    /// <summary>The body's content type.</summary>
    public string ContentType { get; init; } = MediaTypes.Json;

    /// <summary>What the client accepts, as it came.</summary>
    public string Accept { get; init; } = MediaTypes.Json;

    /// <summary>The body; empty for none. It must not change until the response is there.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Who asks.</summary>
    public string User { get; init; } = "kubernetes-admin";

    /// <summary>The program that asks, as its <c>User-Agent</c> says; the default field manager is its first word.</summary>
    public string UserAgent { get; init; } = "unknown";
}
