using Kthena.Embedded.Runtime;
using Orleans.Runtime;

namespace Orleans;

/// <summary>What is known of a grain or of a reference to one.</summary>
public static class GrainExtensions
{
    /// <summary>The string key of a grain or of a reference to one.</summary>
    public static string GetPrimaryKeyString(this IAddressable grain) => GrainReferences.KeyOf(grain);

    /// <summary>A reference to a grain, seen through one of its interfaces.</summary>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) =>
        GrainReferences.Cast<TGrainInterface>(grain);
}
