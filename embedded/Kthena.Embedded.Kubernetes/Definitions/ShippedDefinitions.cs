using System.Collections.Immutable;
using System.Reflection;

namespace Kthena.Embedded.Kubernetes.Definitions;

/// <summary>The platform's own CustomResourceDefinitions, those of <c>helm/kthena/crds</c>, and stand-ins for those of others.</summary>
public static class ShippedDefinitions
{
    private const string Prefix = "crds/";

    private const string ForeignPrefix = "foreign/";

    private static readonly Lazy<ImmutableArray<ReadOnlyMemory<byte>>> All = new(static () => ReadAll(Prefix));
    private static readonly Lazy<ImmutableArray<ReadOnlyMemory<byte>>> Foreign = new(static () => ReadAll(ForeignPrefix));

    /// <summary>Each definition as UTF-8 JSON, in order of file names. Read once.</summary>
    public static ImmutableArray<ReadOnlyMemory<byte>> Read() => All.Value;

    /// <summary>Stand-ins for the definitions of other projects whose kinds the platform serves. No cluster gets them from us.</summary>
    public static ImmutableArray<ReadOnlyMemory<byte>> ReadForeign() => Foreign.Value;

    private static ImmutableArray<ReadOnlyMemory<byte>> ReadAll(string prefix)
    {
        Assembly assembly = typeof(ShippedDefinitions).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
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
