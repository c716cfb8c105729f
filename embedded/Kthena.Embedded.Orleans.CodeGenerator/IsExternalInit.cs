namespace System.Runtime.CompilerServices;

/// <summary>Lets the compiler write init accessors for this target framework.</summary>
internal static class IsExternalInit;
