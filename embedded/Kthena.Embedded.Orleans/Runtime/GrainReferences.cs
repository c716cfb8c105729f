using Kthena.Embedded.CodeGeneration;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>From a grain or a reference to the key and to other references.</summary>
internal static class GrainReferences
{
    public static string KeyOf(IAddressable grain) => grain switch
    {
        GrainProxy proxy => proxy.Target.Key,
        IGrainBase instance => Activation.Of(instance).Key,
        null => throw new ArgumentNullException(nameof(grain)),
        _ => throw NotAGrain(grain),
    };

    public static TGrainInterface Cast<TGrainInterface>(IAddressable grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        var target = grain switch
        {
            GrainProxy proxy => proxy.Target,
            IGrainBase instance => Activation.Of(instance).AsTarget(),
            _ => throw NotAGrain(grain),
        };
        return (TGrainInterface)target.Silo.Catalog.Bind(typeof(TGrainInterface)).CreateProxy(target);
    }

    private static ArgumentException NotAGrain(IAddressable grain) => new(
        $"{grain.GetType()} is neither a grain nor a reference to one. Derive it from {nameof(Grain)} or get a reference from an "
        + $"{nameof(IGrainFactory)}.", nameof(grain));
}
