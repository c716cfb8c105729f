using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Requests;

namespace Kthena.Embedded.Kubernetes.Core.Writing;

/// <summary>How the dependents of a deleted object fare.</summary>
internal enum Propagation
{
    /// <summary>The object goes at once, dependents follow.</summary>
    Background,

    /// <summary>The object goes after its dependents.</summary>
    Foreground,

    /// <summary>Dependents lose the reference and stay.</summary>
    Orphan,
}

/// <summary>What a deletion asks for.</summary>
internal sealed record DeleteOptions(long? GraceSeconds, Propagation Propagation, string? Uid, string? ResourceVersion, bool IsDryRun)
{
    public static readonly DeleteOptions Background = new(null, Propagation.Background, null, null, false);

    /// <summary>Reads the query and the body, whichever is there; the body wins.</summary>
    /// <exception cref="ApiError">An option has an unknown value.</exception>
    public static DeleteOptions Read(ApiRequest request, QueryParameters query)
    {
        JsonObject? body = request.Body.IsEmpty ? null : RequestBody.Read(request).AsObject();
        if (body is not null && body.String("kind") is { } kind && kind != "DeleteOptions")
            throw ApiError.BadRequest($"the body of a deletion must be DeleteOptions, not {kind}");
        string policy = body.String("propagationPolicy") ?? query["propagationPolicy"];
        bool orphans = body.Boolean("orphanDependents") ?? query.Flag("orphanDependents") && query.Has("orphanDependents");
        JsonObject? preconditions = body.Object("preconditions");
        return new DeleteOptions(
            body.Int64("gracePeriodSeconds") ?? query.Number("gracePeriodSeconds"),
            policy switch
            {
                "" => orphans ? Propagation.Orphan : Propagation.Background,
                "Background" => Propagation.Background,
                "Foreground" => Propagation.Foreground,
                "Orphan" => Propagation.Orphan,
                _ => throw ApiError.BadRequest($"propagationPolicy: Unsupported value: \"{policy}\": supported values: \"Background\", \"Foreground\", \"Orphan\""),
            },
            preconditions.String("uid"),
            preconditions.String("resourceVersion"),
            query["dryRun"] == "All" || body.Array("dryRun") is { Count: > 0 });
    }
}
