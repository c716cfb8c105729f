using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Requests;

namespace Kthena.Embedded.Kubernetes.Core.Writing;

/// <summary>What a write's query asks for.</summary>
internal sealed record WriteOptions(bool IsDryRun, FieldValidation FieldValidation, string FieldManager, bool IsForced)
{
    public static WriteOptions Read(QueryParameters query, ApiRequest request) => new(
        query["dryRun"] switch
        {
            "" => false,
            "All" => true,
            string other => throw ApiError.BadRequest($"dryRun: Unsupported value: \"{other}\": supported values: \"All\""),
        },
        query["fieldValidation"] switch
        {
            "" or "Warn" => FieldValidation.Warn,
            "Strict" => FieldValidation.Strict,
            "Ignore" => FieldValidation.Ignore,
            string other => throw ApiError.BadRequest($"fieldValidation: Unsupported value: \"{other}\": supported values: \"Ignore\", \"Warn\", \"Strict\""),
        },
        query["fieldManager"] is { Length: > 0 } manager ? manager : request.UserAgent.Split('/')[0],
        query.Flag("force"));
}
