using System.Text;
using YamlDotNet.RepresentationModel;

namespace Kthena.Kubernetes;

/// <summary>A mapping of a kubeconfig, with the file that it came from.</summary>
internal sealed class YamlFields(YamlMappingNode node, string path)
{
    /// <summary>File and line, for messages.</summary>
    public string Place => $"{path}:{node.Start.Line}";

    /// <summary>A scalar's text; null when it is absent or empty.</summary>
    public string? Text(string name) => Node(name) switch
    {
        null => null,
        YamlScalarNode { Value: null or "" or "null" or "~" } => null,
        YamlScalarNode scalar => scalar.Value,
        _ => throw new KubeconfigException($"{Place}: '{name}' must be one value."),
    };

    public bool Boolean(string name) => Text(name) switch
    {
        null or "false" => false,
        "true" => true,
        string other => throw new KubeconfigException($"{Place}: '{name}' must be true or false, not '{other}'."),
    };

    public YamlFields? Child(string name) => Node(name) is YamlMappingNode child ? new YamlFields(child, path) : null;

    public IEnumerable<YamlFields> Items(string name) =>
        Node(name) is YamlSequenceNode items ? items.OfType<YamlMappingNode>().Select(item => new YamlFields(item, path)) : [];

    /// <summary>The text that a base64 value holds.</summary>
    public string? Data(string name)
    {
        if (Text(name) is not string text)
            return null;
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(text));
        }
        catch (FormatException error)
        {
            throw new KubeconfigException($"{Place}: '{name}' is not base64; take it from the cluster again.", error);
        }
    }

    /// <summary>The text of a file that a value names.</summary>
    public string? FileText(string name)
    {
        if (Text(name) is not string file)
            return null;
        try
        {
            return File.ReadAllText(PathOf(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new KubeconfigException($"{Place}: '{name}' cannot be read: {error.Message}", error);
        }
    }

    /// <summary>A path as the kubeconfig means it: relative to the kubeconfig's own folder.</summary>
    public string PathOf(string file) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file);

    private YamlNode? Node(string name) => node.Children.TryGetValue(new YamlScalarNode(name), out YamlNode? value) ? value : null;
}
