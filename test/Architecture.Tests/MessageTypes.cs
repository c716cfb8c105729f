using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using Kthena.Contracts.Serving;
using Kthena.Model;
using Orleans;

namespace Architecture.Tests;

/// <summary>
/// What crosses between grains: marked for Orleans' serializer, immutable, every member with an id of its own. The
/// embedded runtime passes such values by reference and Orleans copies them; only immutable ones look the same in both.
/// </summary>
public sealed class MessageTypes
{
    private static readonly Type[] Primitives =
    [
        typeof(string), typeof(bool), typeof(byte), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(float), typeof(double),
        typeof(Guid), typeof(TimeSpan), typeof(DateTimeOffset), typeof(ReadOnlyMemory<byte>), typeof(void), typeof(CancellationToken),
    ];

    private static readonly Type[] Containers =
        [typeof(ImmutableArray<>), typeof(Nullable<>), typeof(KeyValuePair<,>), typeof(Task<>), typeof(ValueTask<>)];

    private static readonly Assembly[] OurAssemblies = [typeof(NamespacedName).Assembly, typeof(IRoleGrain).Assembly];

    public static TheoryData<Type> Messages() => new(Reachable());

    [Fact]
    public void GrainInterfaces_AreFound() => GrainInterfaces().Count().ShouldBeGreaterThan(4);

    [Theory, MemberData(nameof(Messages))]
    public void Message_IsMarkedForTheSerializer(Type message)
    {
        message.IsDefined(typeof(GenerateSerializerAttribute)).ShouldBeTrue($"{message} crosses a grain call and lacks [GenerateSerializer].");
        if (message.IsEnum)
            return;
        message.IsDefined(typeof(ImmutableAttribute)).ShouldBeTrue($"{message} lacks [Immutable].");
        message.GetCustomAttribute<AliasAttribute>()?.Alias.ShouldStartWith("kthena.");
        message.IsDefined(typeof(AliasAttribute)).ShouldBeTrue($"{message} lacks [Alias].");
    }

    [Theory, MemberData(nameof(Messages))]
    public void Message_HasAnIdOfItsOwnOnEveryStoredMember(Type message)
    {
        if (message.IsEnum)
            return;
        PropertyInfo[] stored = [.. Stored(message)];
        stored.Where(static property => !property.IsDefined(typeof(IdAttribute))).Select(static property => property.Name)
            .ShouldBeEmpty($"{message}: members without [Id].");
        stored.Select(static property => property.GetCustomAttribute<IdAttribute>()!.Id).ShouldBeUnique($"{message}: doubled ids.");
    }

    [Theory, MemberData(nameof(Messages))]
    public void Message_CannotChange(Type message)
    {
        if (message.IsEnum)
            return;
        message.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(static property => property.SetMethod is { IsPublic: true } setter
                && !setter.ReturnParameter.GetRequiredCustomModifiers().Any(static modifier => modifier.Name == "IsExternalInit"))
            .Select(static property => property.Name)
            .ShouldBeEmpty($"{message}: settable members.");
        message.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(static field => !field.IsInitOnly && !IsBackingOfInit(field))
            .Select(static field => field.Name)
            .ShouldBeEmpty($"{message}: fields that can be written.");
    }

    [Fact]
    public void Aliases_AreUnique() =>
        Reachable().Concat(GrainInterfaces())
            .Select(static type => type.GetCustomAttribute<AliasAttribute>()?.Alias)
            .Where(static alias => alias is not null)
            .ShouldBeUnique();

    [Fact]
    public void GrainInterface_NamesItselfAndItsMethodsForTheWire()
    {
        foreach (Type grain in GrainInterfaces())
        {
            grain.IsDefined(typeof(AliasAttribute)).ShouldBeTrue($"{grain} lacks [Alias].");
            grain.GetMethods().Where(static method => !method.IsStatic && !method.IsDefined(typeof(AliasAttribute)))
                .Select(static method => method.Name)
                .ShouldBeEmpty($"{grain}: methods without [Alias].");
            grain.GetMethods().Where(static method => !method.IsStatic)
                .Select(static method => method.GetCustomAttribute<AliasAttribute>()!.Alias)
                .ShouldBeUnique();
        }
    }

    private static IEnumerable<Type> GrainInterfaces() =>
        typeof(IRoleGrain).Assembly.GetExportedTypes().Where(static type => type.IsInterface && typeof(IGrain).IsAssignableFrom(type));

    /// <summary>Every type of ours that some grain method takes or returns, directly or inside another.</summary>
    private static IEnumerable<Type> Reachable()
    {
        var found = new HashSet<Type>();
        var waiting = new Queue<Type>(GrainInterfaces()
            .SelectMany(static grain => grain.GetMethods())
            .Where(static method => !method.IsStatic)
            .SelectMany(static method => method.GetParameters().Select(static parameter => parameter.ParameterType).Append(method.ReturnType)));
        while (waiting.TryDequeue(out Type? type))
        {
            if (type == typeof(Task) || type == typeof(ValueTask) || Primitives.Contains(type))
                continue;
            if (type.IsGenericType && Containers.Contains(type.GetGenericTypeDefinition()))
            {
                foreach (Type argument in type.GetGenericArguments())
                    waiting.Enqueue(argument);
                continue;
            }
            OurAssemblies.ShouldContain(type.Assembly, $"{type} crosses a grain call: use primitives, ImmutableArray, ReadOnlyMemory<byte> or a record of ours.");
            typeof(IEnumerable).IsAssignableFrom(type).ShouldBeFalse($"{type} is a collection of ours.");
            if (!found.Add(type) || type.IsEnum)
                continue;
            foreach (PropertyInfo property in Stored(type))
                waiting.Enqueue(property.PropertyType);
        }
        return found.OrderBy(static type => type.FullName, StringComparer.Ordinal);
    }

    /// <summary>Properties with a field behind them: the rest is computed and does not cross.</summary>
    private static IEnumerable<PropertyInfo> Stored(Type type) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(property => type.GetField($"<{property.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic) is not null);

    private static bool IsBackingOfInit(FieldInfo field)
    {
        string name = field.Name.TrimStart('<').Split('>')[0];
        MethodInfo? setter = field.DeclaringType!.GetProperty(name)?.SetMethod;
        return setter is not null
            && setter.ReturnParameter.GetRequiredCustomModifiers().Any(static modifier => modifier.Name == "IsExternalInit");
    }
}
