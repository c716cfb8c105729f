using Kthena.Embedded.CodeGeneration;

namespace Kthena.Embedded.Runtime;

/// <summary>What is known of one grain interface.</summary>
internal sealed class GrainBinding
{
    private readonly Type _interface;
    private readonly Func<GrainTarget, object> _createProxy;
    private readonly GrainClass[] _implementations;
    private readonly GrainClass? _usual;
    private bool _isChecked;

    public GrainBinding(Type grainInterface, Func<GrainTarget, object> createProxy, GrainClass[] implementations)
    {
        _interface = grainInterface;
        _createProxy = createProxy;
        _implementations = implementations;
        _usual = implementations.Length == 1
            ? implementations[0]
            : implementations.FirstOrDefault(one => one.Type.Name == grainInterface.Name[1..]);
    }

    /// <summary>Refuses an interface whose calls carry what can change.</summary>
    public void Check()
    {
        if (!_isChecked)
        {
            MessageRules.Check(_interface);
            _isChecked = true;
        }
    }

    /// <summary>Makes a reference.</summary>
    public object CreateProxy(GrainTarget target) => _createProxy(target);

    /// <summary>
    /// The class that implements the interface: with a prefix the one whose full name begins with it, otherwise the only one or,
    /// of several, the one that bears the interface's name without its first letter.
    /// </summary>
    public GrainClass Choose(string? prefix)
    {
        if (string.IsNullOrWhiteSpace(prefix))
        {
            return _usual ?? throw new ArgumentException(_implementations.Length == 0
                ? $"Could not find an implementation for interface {_interface}. Reference the project whose grain class implements it "
                    + "from the host, and give that project a <GrainApi>."
                : $"Several classes implement {_interface}: {Names(_implementations)}. Name one with the grainClassNamePrefix parameter.");
        }

        var fitting = _implementations.Where(one => one.Type.FullName!.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        return fitting.Length == 1
            ? fitting[0]
            : fitting.FirstOrDefault(one => one.Type.FullName == prefix) ?? throw new ArgumentException(fitting.Length == 0
                ? $"Could not find an implementation for interface {_interface} whose name begins with '{prefix}'. Known are: "
                    + $"{Names(_implementations)}."
                : $"Several classes implement {_interface} and begin with '{prefix}': {Names(fitting)}. Give the whole name.");
    }

    private static string Names(GrainClass[] classes) => string.Join(", ", classes.Select(one => one.Type.FullName));
}
