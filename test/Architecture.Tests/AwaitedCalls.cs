using System.Reflection;
using Kthena.Grains.Facts;
using Orleans;
using Orleans.Concurrency;

namespace Architecture.Tests;

/// <summary>
/// Calls go down. A cycle of awaited calls between non-reentrant grains ends in a response timeout, so the graph of
/// awaited calls between grain interfaces has none. One-way calls do not wait and do not count.
/// </summary>
public sealed class AwaitedCalls
{
    private const BindingFlags All =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Assembly Grains = typeof(IClusterFacts).Assembly;

    [Fact]
    public void Graph_HasNoCycle()
    {
        Dictionary<Type, HashSet<Type>> graph = Build();
        graph.Count.ShouldBeGreaterThan(4);
        graph.Values.ShouldContain(static callees => callees.Count > 0, "the walk found no call between grains: it looks at the wrong code");

        foreach (Type start in graph.Keys)
            Path(graph, start, start).ShouldBeNull($"awaited cycle from {start.Name}");
    }

    private static Dictionary<Type, HashSet<Type>> Build()
    {
        Type[] grains = [.. Grains.GetTypes().Where(static type => !type.IsAbstract && typeof(IGrain).IsAssignableFrom(type))];
        var graph = new Dictionary<Type, HashSet<Type>>();
        foreach (Type grain in grains)
        {
            IEnumerable<Type> callees = Code(grain, grains)
                .SelectMany(MethodCalls.Of)
                .Where(static called => called.DeclaringType is { IsInterface: true } type && typeof(IGrain).IsAssignableFrom(type))
                .Where(static called => !called.IsStatic && !called.IsDefined(typeof(OneWayAttribute)))
                .Select(static called => called.DeclaringType!);
            foreach (Type own in grain.GetInterfaces().Where(IsOurs))
                graph[own] = [.. callees.Where(callee => IsOurs(callee))];
        }
        return graph;
    }

    /// <summary>All code that a grain can run in this assembly: its own, nested state machines, and the types it uses.</summary>
    private static IEnumerable<MethodBase> Code(Type grain, Type[] grains)
    {
        var seen = new HashSet<Type>();
        var waiting = new Queue<Type>([grain]);
        while (waiting.TryDequeue(out Type? type))
        {
            if (type.Assembly != Grains || !seen.Add(type) || (type != grain && grains.Contains(type)))
                continue;
            foreach (Type nested in type.GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic))
                waiting.Enqueue(nested);
            foreach (MethodBase method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
            {
                yield return method;
                foreach (MethodBase called in MethodCalls.Of(method))
                {
                    if (called.DeclaringType is Type used)
                        waiting.Enqueue(used.IsGenericType ? used.GetGenericTypeDefinition() : used);
                }
            }
        }
    }

    private static bool IsOurs(Type type) =>
        typeof(IGrain).IsAssignableFrom(type) && type.Namespace!.StartsWith("Kthena.", StringComparison.Ordinal);

    private static List<Type>? Path(Dictionary<Type, HashSet<Type>> graph, Type from, Type to)
    {
        var seen = new HashSet<Type>();
        var waiting = new Stack<List<Type>>([[from]]);
        while (waiting.TryPop(out List<Type>? path))
        {
            foreach (Type next in graph.GetValueOrDefault(path[^1], []))
            {
                if (next == to)
                    return [.. path, next];
                if (seen.Add(next))
                    waiting.Push([.. path, next]);
            }
        }
        return null;
    }
}
