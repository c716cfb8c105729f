namespace Kthena.Kubernetes.Tests.Core;

/// <summary>JSON of pods and lists as an API server writes them.</summary>
internal static class Manifests
{
    public static string Pod(string name, ulong version, string? role = null, string? uid = null)
    {
        string labels = role is null ? "" : $"\"role\":\"{role}\"";
        string identity = uid ?? $"uid-{name}";
        return $$$"""
            {"metadata":{"namespace":"default","name":"{{{name}}}","uid":"{{{identity}}}","resourceVersion":"{{{version}}}",
             "labels":{ {{{labels}}} } },"spec":{"containers":[]}}
            """;
    }

    public static string List(ulong version, params string[] items) =>
        $$"""{"metadata":{"resourceVersion":"{{version}}"},"items":[{{string.Join(',', items)}}]}""";

    public static string Page(ulong version, string next, params string[] items) =>
        $$"""{"metadata":{"resourceVersion":"{{version}}","continue":"{{next}}"},"items":[{{string.Join(',', items)}}]}""";

    public static string Bookmark(ulong version) => $$"""{"kind":"Pod","metadata":{"resourceVersion":"{{version}}"} }""";
}
