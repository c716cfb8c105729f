using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>
/// What crosses between grains may not change after it was sent: here sender and receiver hold the same object, on Orleans the
/// receiver may hold a copy, and a grain must behave the same on both.
/// </summary>
internal static class MessageRules
{
    private static readonly ConcurrentDictionary<Type, string?> Known = new();

    /// <summary>Refuses an interface whose calls carry something that can change.</summary>
    /// <exception cref="OrleansConfigurationException">It names the type, the member and the remedy.</exception>
    public static void Check(Type grainInterface)
    {
        if (Known.GetOrAdd(grainInterface, FaultOf) is { } fault)
        {
            throw new OrleansConfigurationException(fault);
        }
    }

    private static string? FaultOf(Type grainInterface)
    {
        if (grainInterface.Assembly == typeof(MessageRules).Assembly)
        {
            return null;
        }

        var seen = new HashSet<Type>();
        foreach (var method in grainInterface.GetInterfaces().Append(grainInterface).SelectMany(one => one.GetMethods()))
        {
            var carried = method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType);
            if (carried.Select(type => FaultOf(type, seen)).FirstOrDefault(fault => fault is not null) is { } fault)
            {
                return $"{grainInterface.FullName}.{method.Name} carries a message that can change: {fault}";
            }
        }

        return null;
    }

    private static string? FaultOf(Type type, HashSet<Type> seen)
    {
        if (type.IsArray)
        {
            return $"{type} is an array. Carry an ImmutableArray, or ReadOnlyMemory<byte> for bytes.";
        }

        if (type.IsGenericType && IsFrameworks(type) && type.IsClass && IsCollection(type))
        {
            return $"{type} is a collection that can change. Carry an ImmutableArray or another immutable collection.";
        }

        if (!seen.Add(type))
        {
            return null;
        }

        var inner = type.GetGenericArguments().Select(argument => FaultOf(argument, seen));
        if (!IsFrameworks(type) && !type.IsEnum && !type.IsInterface)
        {
            inner = inner.Concat(Fields(type).Select(field => FaultOf(type, field) ?? FaultOf(field.FieldType, seen)));
        }

        return inner.FirstOrDefault(fault => fault is not null);
    }

    private static string? FaultOf(Type type, FieldInfo field)
    {
        var name = field.Name[0] == '<' ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;
        return field.IsInitOnly || IsInitOnlyProperty(type, name)
            ? null
            : $"{type.FullName}.{name} can be set. Make it init-only or readonly, and mark the type [Immutable].";
    }

    // The compiler leaves the field of an init-only property writable and marks the setter.
    private static bool IsInitOnlyProperty(Type type, string name) =>
        type.GetProperty(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)?.SetMethod is { } setter
        && setter.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit");

    private static IEnumerable<FieldInfo> Fields(Type type)
    {
        for (var part = type; part is not null && !IsFrameworks(part); part = part.BaseType)
        {
            foreach (var field in part.GetFields(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                yield return field;
            }
        }
    }

    private static bool IsFrameworks(Type type) =>
        type.Namespace is { } space
        && (space == "System" || space.StartsWith("System.", StringComparison.Ordinal));

    private static bool IsCollection(Type type) =>
        type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(ICollection<>))
        && type.Namespace is not ("System.Collections.Immutable" or "System.Collections.Frozen");
}
