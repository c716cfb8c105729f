namespace Kthena.Router.Tests;

/// <summary>Tests that see what the whole process does: no other test may run meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
