namespace Kthena.Embedded.Runtime;

/// <summary>Names one record: the grain's class and key, and the record's name within the grain.</summary>
internal readonly record struct StateId(string GrainClass, string Key, string Name)
{
    public override string ToString() => $"{GrainClass}/{Key}/{Name}";
}
