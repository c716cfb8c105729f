using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.Loader;
using Kthena.Embedded.CodeGeneration;

namespace Kthena.Embedded.Runtime;

/// <summary>The grain interfaces and classes of every assembly that has generated parts.</summary>
internal sealed class GrainCatalog : IGrainPartBuilder
{
    private readonly Dictionary<Type, Func<GrainTarget, object>> _proxies = [];
    private readonly Dictionary<Type, List<GrainClass>> _implementations = [];
    private readonly Dictionary<Type, GrainClass> _classes = [];
    private FrozenDictionary<Type, GrainBinding> _bindings = FrozenDictionary<Type, GrainBinding>.Empty;

    private GrainCatalog()
    {
    }

    public int PartCount { get; private set; }

    public IReadOnlyCollection<GrainClass> Classes => _classes.Values;

    /// <summary>Reads the parts of all loaded assemblies and of those that they name.</summary>
    public static GrainCatalog FromLoadedAssemblies() => FromParts(FindParts());

    /// <summary>Makes a catalog of its own, with no activations, of parts that were found before.</summary>
    public static GrainCatalog FromParts(IReadOnlyCollection<IGrainPart> parts)
    {
        var catalog = new GrainCatalog { PartCount = parts.Count };
        foreach (var part in parts)
        {
            part.AddTo(catalog);
        }

        catalog.Freeze();
        return catalog;
    }

    /// <summary>The parts of all loaded assemblies and of those that they name.</summary>
    public static List<IGrainPart> FindParts()
    {
        var parts = new List<IGrainPart>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Queue<Assembly>(AssemblyLoadContext.Default.Assemblies.Concat(AppDomain.CurrentDomain.GetAssemblies()));
        while (waiting.TryDequeue(out var assembly))
        {
            if (assembly.IsDynamic || !seen.Add(assembly.FullName!))
            {
                continue;
            }

            foreach (var reference in assembly.GetCustomAttributes<GrainPartReferenceAttribute>())
            {
                waiting.Enqueue(Assembly.Load(new AssemblyName(reference.AssemblyName)));
            }

            if (assembly.GetCustomAttribute<GrainPartAttribute>() is { } attribute)
            {
                parts.Add((IGrainPart)Activator.CreateInstance(attribute.Part, nonPublic: true)!);
            }
        }

        return parts;
    }

    /// <summary>The class as this catalog has it.</summary>
    public GrainClass Of(Type type) => _classes[type];

    /// <summary>The class of a stable name, if there is one.</summary>
    public GrainClass? Named(string name) => _classes.Values.FirstOrDefault(one => one.Name == name);

    public void AddInterface(Type grainInterface, Func<GrainTarget, object> createProxy) =>
        _proxies[grainInterface] = createProxy;

    public void AddClass(Type grainClass, Type[] grainInterfaces)
    {
        var implementation = new GrainClass(grainClass);
        _classes[grainClass] = implementation;
        foreach (var grainInterface in grainInterfaces)
        {
            if (!_implementations.TryGetValue(grainInterface, out var all))
            {
                _implementations[grainInterface] = all = [];
            }

            all.Add(implementation);
        }
    }

    /// <summary>Refuses a catalog with a grain whose calls carry what can change.</summary>
    public void CheckMessages()
    {
        foreach (var grainInterface in _implementations.Keys)
        {
            MessageRules.Check(grainInterface);
        }
    }

    public GrainBinding Bind(Type grainInterface)
    {
        if (!_bindings.TryGetValue(grainInterface, out var binding))
        {
            throw new ArgumentException(
                $"{grainInterface} has no generated reference. Give the project that declares it <GrainApi>Abstractions</GrainApi>, "
                + "and make the interface public or internal, derived from IGrainWithStringKey or IGrainObserver.");
        }

        binding.Check();
        return binding;
    }

    private void Freeze()
    {
        var owners = _classes.Values.GroupBy(implementation => implementation.Name, StringComparer.Ordinal);
        if (owners.FirstOrDefault(owner => owner.Count() > 1) is { } clash)
        {
            throw new Orleans.Runtime.OrleansConfigurationException(
                $"The grain classes {string.Join(" and ", clash.Select(one => one.Type))} are both named '{clash.Key}', under which "
                + "state is stored. Give one of them a [GrainType] of its own.");
        }

        _bindings = _proxies.ToFrozenDictionary(
            pair => pair.Key,
            pair => new GrainBinding(pair.Key, pair.Value, [.. _implementations.GetValueOrDefault(pair.Key) ?? []]));
    }
}
