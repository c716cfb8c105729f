namespace Kthena.Conformance;

/// <summary>Keeps a case from the deterministic mode.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OutsideSimulationAttribute(string reason) : Attribute
{
    public string Reason { get; } = reason;
}
