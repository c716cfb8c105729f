using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>One grain class: how to make it, how its calls mix, and its activations.</summary>
internal sealed class GrainClass
{
    private readonly ConcurrentDictionary<string, Activation> _activations = new(StringComparer.Ordinal);
    private readonly Lazy<Func<IServiceProvider, object>> _create;

    public GrainClass(Type type)
    {
        Type = type;
        Name = type.GetCustomAttribute<GrainTypeAttribute>()?.Name ?? DefaultName(type);
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute), inherit: true);
        IsKeptAlive = type.IsDefined(typeof(KeepAliveAttribute), inherit: true);
        FiltersItsCalls = typeof(IIncomingGrainCallFilter).IsAssignableFrom(type);
        IsRemindable = typeof(IRemindable).IsAssignableFrom(type);
        HasOnActivate = Declares(type, nameof(IGrainBase.OnActivateAsync), typeof(CancellationToken));
        HasOnDeactivate = Declares(
            type, nameof(IGrainBase.OnDeactivateAsync), typeof(DeactivationReason), typeof(CancellationToken));
        _create = new Lazy<Func<IServiceProvider, object>>(() => GrainConstructor.For(type));
    }

    /// <summary>Stands for the class of all observers.</summary>
    public static GrainClass Observers { get; } = new(typeof(IGrainObserver));

    public Type Type { get; }

    /// <summary>The name under which state is stored.</summary>
    public string Name { get; }

    public bool IsReentrant { get; }

    public bool IsKeptAlive { get; }

    public bool FiltersItsCalls { get; }

    public bool IsRemindable { get; }

    public bool HasOnActivate { get; }

    public bool HasOnDeactivate { get; }

    public int Count => _activations.Count;

    public IEnumerable<Activation> Activations => _activations.Select(pair => pair.Value);

    public Activation? Find(string key) => _activations.GetValueOrDefault(key);

    public Activation GetOrAdd(SiloRuntime silo, string key) =>
        _activations.TryGetValue(key, out var activation)
            ? activation
            : _activations.GetOrAdd(key, static (key, of) => new Activation(of.Silo, of.Class, key), (Silo: silo, Class: this));

    public void Forget(Activation activation) =>
        _activations.TryRemove(new KeyValuePair<string, Activation>(activation.Key, activation));

    public object Create(IServiceProvider services) => _create.Value(services);

    // A class that does not derive from Grain may implement the interface's methods explicitly.
    private static bool Declares(Type type, string method, params Type[] parameters) =>
        !typeof(Grain).IsAssignableFrom(type)
        || type.GetMethod(method, parameters)?.DeclaringType != typeof(Grain);

    private static string DefaultName(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return name.Length > 5 && name.EndsWith("grain", StringComparison.Ordinal) ? name[..^5] : name;
    }
}
