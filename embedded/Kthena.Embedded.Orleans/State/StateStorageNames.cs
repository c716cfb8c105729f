namespace Kthena.Embedded.Runtime;

/// <summary>Names of storage providers.</summary>
internal static class StateStorageNames
{
    public const string Default = "Default";
}
