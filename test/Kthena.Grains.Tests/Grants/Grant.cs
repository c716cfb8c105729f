using Kthena.Kubernetes.Core;
using YamlDotNet.RepresentationModel;

namespace Kthena.Grains.Tests.Grants;

/// <summary>One rule of a Role or ClusterRole.</summary>
internal sealed record Grant(string[] Groups, string[] Resources, string[] Names, string[] Verbs)
{
    /// <summary>The rules of a role in a file of manifests.</summary>
    /// <param name="yaml">The file.</param>
    /// <param name="kind">Role or ClusterRole.</param>
    /// <param name="name">The role's name.</param>
    public static Grant[] Of(TextReader yaml, string kind, string name)
    {
        var stream = new YamlStream();
        stream.Load(yaml);
        YamlNode role = stream.Documents.Select(static document => document.RootNode)
            .Single(root => (string?)root["kind"] == kind && (string?)root["metadata"]["name"] == name);
        return [.. ((YamlSequenceNode)role["rules"]).Cast<YamlMappingNode>()
            .Select(static rule => new Grant(Texts(rule, "apiGroups"), Texts(rule, "resources"), Texts(rule, "resourceNames"), Texts(rule, "verbs")))];
    }

    /// <summary>Whether it lets a request pass, as an API server judges.</summary>
    /// <param name="request">The request.</param>
    public bool Allows(KubernetesRequest request)
    {
        string[] parts = request.Path.Trim('/').Split('/');
        int at = parts[0] == "api" ? 2 : 3;
        string group = parts[0] == "api" ? "" : parts[1];
        if (parts.Length > at + 2 && parts[at] == "namespaces")
            at += 2;
        string? name = parts.Length > at + 1 ? parts[at + 1] : null;
        string resource = parts.Length > at + 2 ? $"{parts[at]}/{parts[at + 2]}" : parts[at];
        string query = Uri.UnescapeDataString(request.Query);
        string verb = (request.Method, name) switch
        {
            ("GET", null) => query.Contains("watch=true", StringComparison.Ordinal) ? "watch" : "list",
            ("GET", _) => "get",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", null) => "deletecollection",
            _ => "delete",
        };
        // A list or watch of one name counts as one of that name.
        const string ByName = "fieldSelector=metadata.name=";
        if (name is null && query.IndexOf(ByName, StringComparison.Ordinal) is >= 0 and var from)
            name = query[(from + ByName.Length)..].Split('&')[0];
        return Groups.Contains(group) && Resources.Contains(resource) && Verbs.Contains(verb) && (Names.Length == 0 || Names.Contains(name));
    }

    private static string[] Texts(YamlMappingNode rule, string field) =>
        rule.Children.TryGetValue(field, out YamlNode? list) ? [.. ((YamlSequenceNode)list).Select(static item => (string)item!)] : [];
}
