namespace Kthena.Kubernetes.Core;

/// <summary>One request to an API server.</summary>
/// <param name="Method">The HTTP method, upper-case.</param>
/// <param name="Path">The absolute path, such as <c>/api/v1/pods</c>.</param>
public sealed record KubernetesRequest(string Method, string Path)
{
    /// <summary>The encoded query without the question mark; empty for none.</summary>
    public string Query { get; init; } = "";

    /// <summary>The body's media type; null without a body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The body; empty for none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether the request can change anything.</summary>
    public bool IsWrite => Method != "GET";

    /// <summary>Method, path and query, for messages.</summary>
    public override string ToString() => Query.Length == 0 ? $"{Method} {Path}" : $"{Method} {Path}?{Query}";
}
