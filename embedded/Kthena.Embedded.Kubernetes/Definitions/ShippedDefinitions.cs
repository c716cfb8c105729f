using System.Collections.Immutable;
using System.Reflection;

namespace Kthena.Embedded.Kubernetes.Definitions;

/// <summary>The platform's own CustomResourceDefinitions, those of <c>helm/kthena/crds</c>.</summary>
public static class ShippedDefinitions
{
    private const string Prefix = "crds/";

    private static readonly Lazy<ImmutableArray<ReadOnlyMemory<byte>>> All = new(ReadAll);

    /// <summary>Each definition as UTF-8 JSON, in order of file names. Read once.</summary>
    public static ImmutableArray<ReadOnlyMemory<byte>> Read() => All.Value;

    private static ImmutableArray<ReadOnlyMemory<byte>> ReadAll()
    {
        Assembly assembly = typeof(ShippedDefinitions).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .SelectMany(name => YamlToJson.Convert(Text(assembly, name)))
                .Select(static json => (ReadOnlyMemory<byte>)json),
        ];
    }

    private static string Text(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
