using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Architecture.Tests;

/// <summary>The projects of abstractions take from Orleans no more than the design lets them.</summary>
public sealed class ModelIsData
{
    private static readonly string[] SerializationAttributes =
        ["GenerateSerializerAttribute", "IdAttribute", "ImmutableAttribute", "AliasAttribute"];

    // Orleans' own generator writes serializers into the assembly, which name far more; the default flavour shows what we name.
#if ORLEANS
    [Fact(Skip = "The assembly holds code of Orleans' generator: the default flavour checks it.")]
#else
    [Fact]
#endif
    public void Model_TakesOnlySerializationAttributesFromOrleans()
    {
        string assembly = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "artifacts"), "Kthena.Model.dll", SearchOption.AllDirectories)
            .Where(static path => path.Contains("/bin/Kthena.Model/", StringComparison.Ordinal)
                && path.Contains("/Embedded/", StringComparison.Ordinal))
            .OrderByDescending(File.GetLastWriteTimeUtc)
            .First();
        using var file = new PEReader(File.OpenRead(assembly));
        MetadataReader metadata = file.GetMetadataReader();

        metadata.TypeReferences
            .Select(metadata.GetTypeReference)
            .Where(type => metadata.GetString(type.Namespace).StartsWith("Orleans", StringComparison.Ordinal))
            .Select(type => metadata.GetString(type.Name))
            .Except(SerializationAttributes)
            .ShouldBeEmpty();
    }
}
