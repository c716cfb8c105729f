using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Kthena.Parity;

/// <summary>Writes the types of a signature as text.</summary>
internal sealed class SignatureNames(MetadataReader reader) : ISignatureTypeProvider<string, (string[] OfType, string[] OfMethod)>
{
    public string NameOf(TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var name = reader.GetString(type.Name);
        return type.GetDeclaringType() is { IsNil: false } outer
            ? $"{NameOf(outer)}.{name}"
            : Join(reader.GetString(type.Namespace), name);
    }

    public string NameOf(EntityHandle handle, string[] ofType, string[] ofMethod) => handle.Kind switch
    {
        HandleKind.TypeDefinition => NameOf((TypeDefinitionHandle)handle),
        HandleKind.TypeReference => GetTypeFromReference(reader, (TypeReferenceHandle)handle, 0),
        _ => reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, (ofType, ofMethod)),
    };

    public string GetTypeFromDefinition(MetadataReader from, TypeDefinitionHandle handle, byte rawTypeKind) => NameOf(handle);

    public string GetTypeFromReference(MetadataReader from, TypeReferenceHandle handle, byte rawTypeKind)
    {
        var type = from.GetTypeReference(handle);
        var name = from.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{GetTypeFromReference(from, (TypeReferenceHandle)type.ResolutionScope, 0)}.{name}"
            : Join(from.GetString(type.Namespace), name);
    }

    public string GetTypeFromSpecification(
        MetadataReader from, (string[] OfType, string[] OfMethod) context, TypeSpecificationHandle handle, byte rawTypeKind) =>
        from.GetTypeSpecification(handle).DecodeSignature(this, context);

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => "System." + typeCode;

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
        $"{genericType}<{string.Join(", ", typeArguments)}>";

    public string GetGenericTypeParameter((string[] OfType, string[] OfMethod) context, int index) => context.OfType[index];

    public string GetGenericMethodParameter((string[] OfType, string[] OfMethod) context, int index) => context.OfMethod[index];

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) =>
        modifier.EndsWith(".IsExternalInit", StringComparison.Ordinal) ? $"init {unmodifiedType}" : unmodifiedType;

    public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{new string(',', shape.Rank - 1)}]";

    public string GetSZArrayType(string elementType) => elementType + "[]";

    public string GetByReferenceType(string elementType) => elementType + "&";

    public string GetPointerType(string elementType) => elementType + "*";

    public string GetPinnedType(string elementType) => elementType;

    public string GetFunctionPointerType(MethodSignature<string> signature) => "function pointer";

    private static string Join(string space, string name) => space.Length == 0 ? name : $"{space}.{name}";
}
