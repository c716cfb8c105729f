namespace EndToEnd;

/// <summary>A test of what only the Orleans flavour can do: several processes that are one cluster.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OrleansFactAttribute : FactAttribute
{
    public OrleansFactAttribute()
    {
#if !ORLEANS
        Skip = "The embedded grain runtime is one process: build with -p:GrainRuntime=Orleans.";
#endif
    }
}
