namespace Kthena.Embedded.Kubernetes.Core.Writing;

/// <summary>What happens to members that a schema does not know.</summary>
internal enum FieldValidation
{
    /// <summary>They are dropped and named in warnings. The server's default.</summary>
    Warn,

    /// <summary>The request fails.</summary>
    Strict,

    /// <summary>They are dropped.</summary>
    Ignore,
}
