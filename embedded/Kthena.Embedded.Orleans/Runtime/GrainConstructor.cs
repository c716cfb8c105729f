using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>Makes grain objects: stored records for the parameters that ask for them, services for the rest.</summary>
internal static class GrainConstructor
{
    private static readonly ConcurrentDictionary<Type, Func<IServiceProvider, object>> Known = new();

    public static Func<IServiceProvider, object> For(Type type) => Known.GetOrAdd(type, Make);

    private static Func<IServiceProvider, object> Make(Type type)
    {
        var marked = Records(type);
        if (marked.Length == 0)
        {
            var plain = ActivatorUtilities.CreateFactory(type, Type.EmptyTypes);
            return services => plain(services, []);
        }

        var factory = ActivatorUtilities.CreateFactory(type, [.. marked.Select(parameter => parameter.ParameterType)]);
        var records = marked.Select(RecordFor).ToArray();
        return services =>
        {
            var activation = Activation.Running!;
            return factory(services, [.. records.Select(record => record(activation))]);
        };
    }

    private static ParameterInfo[] Records(Type type) =>
        type.GetConstructors()
            .Select(constructor => constructor.GetParameters()
                .Where(parameter => parameter.IsDefined(typeof(PersistentStateAttribute)))
                .ToArray())
            .OrderByDescending(parameters => parameters.Length)
            .FirstOrDefault() ?? [];

    private static Func<Activation, object> RecordFor(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
        {
            throw new OrleansConfigurationException(
                $"Parameter '{parameter.Name}' of {parameter.Member.DeclaringType} has [PersistentState] but is of type {type}. "
                + "Declare it as IPersistentState<T>.");
        }

        var attribute = parameter.GetCustomAttribute<PersistentStateAttribute>()!;
        var create = typeof(PersistentStateRecord)
            .GetMethod(nameof(PersistentStateRecord.Create))!
            .MakeGenericMethod(type.GetGenericArguments())
            .CreateDelegate<Func<Activation, PersistentStateAttribute, object>>();
        return activation => create(activation, attribute);
    }
}
