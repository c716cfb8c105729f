using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Kthena.Parity;

/// <summary>Reads the public and protected members of an assembly file as lines of text, without loading it.</summary>
internal sealed class PublicApi
{
    private const MethodAttributes Access = MethodAttributes.MemberAccessMask;
    private readonly MetadataReader _reader;
    private readonly SignatureNames _names;
    private readonly SortedDictionary<string, SortedSet<string>> _types = new(StringComparer.Ordinal);

    private PublicApi(MetadataReader reader)
    {
        _reader = reader;
        _names = new SignatureNames(reader);
    }

    /// <summary>Type name to the lines of the type and its members.</summary>
    public static SortedDictionary<string, SortedSet<string>> Read(string file)
    {
        using var stream = File.OpenRead(file);
        using var image = new PEReader(stream);
        var api = new PublicApi(image.GetMetadataReader());
        foreach (var handle in api._reader.TypeDefinitions)
        {
            api.ReadType(handle);
        }

        return api._types;
    }

    private void ReadType(TypeDefinitionHandle handle)
    {
        var type = _reader.GetTypeDefinition(handle);
        if (!IsVisible(type))
        {
            return;
        }

        var name = _names.NameOf(handle);
        var lines = _types[name] = new SortedSet<string>(StringComparer.Ordinal);
        var generics = GenericNames(type.GetGenericParameters());
        lines.Add($"{KindOf(type)} {name}{Bracket(generics)}{BaseOf(type, generics)}");
        foreach (var contract in type.GetInterfaceImplementations().Select(one => _reader.GetInterfaceImplementation(one).Interface))
        {
            lines.Add($"{name} implements {_names.NameOf(contract, generics, [])}");
        }

        foreach (var method in type.GetMethods().Select(_reader.GetMethodDefinition).Where(IsVisible))
        {
            lines.Add(Describe(name, type, method, generics));
        }

        foreach (var field in type.GetFields().Select(_reader.GetFieldDefinition).Where(IsVisible))
        {
            lines.Add(Describe(name, field, generics));
        }
    }

    private string Describe(string owner, TypeDefinition type, MethodDefinition method, string[] generics)
    {
        var own = GenericNames(method.GetGenericParameters());
        var signature = method.DecodeSignature(_names, (generics, own));
        var parameters = method.GetParameters()
            .Select(_reader.GetParameter)
            .Where(parameter => parameter.SequenceNumber > 0)
            .OrderBy(parameter => parameter.SequenceNumber)
            .Select(parameter => $"{signature.ParameterTypes[parameter.SequenceNumber - 1]} {_reader.GetString(parameter.Name)}"
                + ((parameter.Attributes & ParameterAttributes.Optional) != 0 ? " = default" : string.Empty));
        var attributes = method.Attributes;
        var isInterface = (type.Attributes & TypeAttributes.Interface) != 0;
        var how = (attributes & MethodAttributes.Static) != 0 ? "static "
            : !isInterface && (attributes & MethodAttributes.Abstract) != 0 ? "abstract "
            : !isInterface && (attributes & (MethodAttributes.NewSlot | MethodAttributes.Final | MethodAttributes.Virtual))
                == (MethodAttributes.NewSlot | MethodAttributes.Virtual) ? "virtual "
            : string.Empty;
        return $"{AccessOf(attributes & Access)}{how}{signature.ReturnType} {owner}.{_reader.GetString(method.Name)}"
            + $"{Bracket(own)}({string.Join(", ", parameters)})";
    }

    private string Describe(string owner, FieldDefinition field, string[] generics)
    {
        var type = field.DecodeSignature(_names, (generics, []));
        var name = $"{owner}.{_reader.GetString(field.Name)}";
        if ((field.Attributes & FieldAttributes.Literal) == 0)
        {
            return $"{((field.Attributes & FieldAttributes.Static) != 0 ? "static " : string.Empty)}{type} {name}";
        }

        var constant = _reader.GetConstant(field.GetDefaultValue());
        var value = _reader.GetBlobReader(constant.Value).ReadConstant(constant.TypeCode);
        return $"const {type} {name} = {value}";
    }

    private string BaseOf(TypeDefinition type, string[] generics) =>
        type.BaseType.IsNil ? string.Empty : " : " + _names.NameOf(type.BaseType, generics, []);

    private string[] GenericNames(GenericParameterHandleCollection parameters) =>
        [.. parameters.Select(one => _reader.GetString(_reader.GetGenericParameter(one).Name))];

    private static string Bracket(string[] generics) => generics.Length == 0 ? string.Empty : $"<{string.Join(", ", generics)}>";

    private static string KindOf(TypeDefinition type)
    {
        var attributes = type.Attributes;
        if ((attributes & TypeAttributes.Interface) != 0)
        {
            return "interface";
        }

        var isAbstract = (attributes & TypeAttributes.Abstract) != 0;
        var isSealed = (attributes & TypeAttributes.Sealed) != 0;
        return isAbstract && isSealed ? "static class" : isAbstract ? "abstract class" : isSealed ? "sealed class" : "class";
    }

    private static string AccessOf(MethodAttributes access) => access == MethodAttributes.Public ? string.Empty : "protected ";

    // A protected member is part of the contract, whether or not the assembly itself may use it too.
    private static bool IsVisible(MethodDefinition method) =>
        (method.Attributes & Access) is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;

    private static bool IsVisible(FieldDefinition field) =>
        (field.Attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family
            or FieldAttributes.FamORAssem;

    private bool IsVisible(TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) switch
    {
        TypeAttributes.Public => true,
        TypeAttributes.NestedPublic => IsVisible(_reader.GetTypeDefinition(type.GetDeclaringType())),
        _ => false,
    };
}
