using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Kinds;

/// <summary>What a kind adds to the general handling of writes. The default adds nothing.</summary>
internal class KindRules
{
    public static readonly KindRules None = new();

    /// <summary>Whether names must be DNS labels of at most 63 characters instead of subdomains of at most 253.</summary>
    public virtual bool NamesAreLabels => false;

    /// <summary>Fills in what the client left out, on create and update.</summary>
    /// <param name="json">The new object, changed in place.</param>
    /// <param name="old">The object as it was; null on create.</param>
    /// <param name="context">The server's state.</param>
    public virtual void Default(JsonObject json, JsonObject? old, KindContext context)
    {
    }

    /// <summary>Collects everything that is wrong with the object.</summary>
    public virtual void Validate(JsonObject json, JsonObject? old, ICollection<FieldError> errors)
    {
    }

    /// <summary>The seconds that a deletion leaves the object before it goes; 0 deletes at once.</summary>
    public virtual long GraceSeconds(JsonObject json, long? requested) => 0;
}

/// <summary>What the rules of a kind may ask of the server.</summary>
internal sealed class KindContext
{
    public required DateTimeOffset Now { get; init; }

    public required ObjectStore Store { get; init; }

    public required IIdentifierSource Identifiers { get; init; }
}
