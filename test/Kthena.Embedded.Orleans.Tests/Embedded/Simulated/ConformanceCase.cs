using System.Reflection;
using Kthena.Conformance;

namespace Kthena.Embedded.Tests;

/// <summary>One case of the conformance suite, found by reflection: what xunit runs on a cluster runs here on another.</summary>
internal sealed record ConformanceCase(MethodInfo Method, object?[] Arguments)
{
    public static IReadOnlyDictionary<string, ConformanceCase> All { get; } = Find().ToDictionary(one => one.Name);

    /// <summary>Cases that are kept from the deterministic mode.</summary>
    public static IEnumerable<MethodInfo> Outside => Methods().Where(method => method.IsDefined(typeof(OutsideSimulationAttribute)));

    public string Name => Method.DeclaringType!.Name + "." + Method.Name
        + (Arguments.Length == 0 ? string.Empty : $" with {string.Join(" and ", Arguments.Select(one => $"'{one}'"))}");

    public async Task RunAsync(ClusterFixture cluster)
    {
        var test = Activator.CreateInstance(Method.DeclaringType!, cluster);
        if (Method.Invoke(test, BindingFlags.DoNotWrapExceptions, null, Arguments, null) is Task task)
        {
            await task;
        }
    }

    private static IEnumerable<ConformanceCase> Find() =>
        from method in Methods()
        where !method.IsDefined(typeof(OutsideSimulationAttribute))
        from arguments in ArgumentsOf(method)
        select new ConformanceCase(method, arguments);

    private static IEnumerable<MethodInfo> Methods() =>
        from type in typeof(ConformanceCase).Assembly.GetTypes()
        where type.GetCustomAttributesData().Any(one =>
            one.AttributeType == typeof(CollectionAttribute) && Equals(one.ConstructorArguments[0].Value, ClusterGroup.Name))
        from method in type.GetMethods()
        where method.IsDefined(typeof(FactAttribute))
        orderby type.Name, method.Name
        select method;

    private static IEnumerable<object?[]> ArgumentsOf(MethodInfo method) =>
        method.IsDefined(typeof(TheoryAttribute))
            ? method.GetCustomAttributes<InlineDataAttribute>().SelectMany(row => row.GetData(method))
            : [[]];
}
