using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Requests;

namespace Kthena.Embedded.Kubernetes.Core.Discovery;

/// <summary>Everything that is no resource: health, version, discovery, OpenAPI, access reviews.</summary>
internal sealed class GeneralEndpoints(ServerState state)
{
    private readonly DiscoveryDocuments _discovery = new(state.Registry);
    private readonly OpenApiDocuments _openApi = new(state.Registry);

    /// <summary>Answers a request that names no resource.</summary>
    /// <returns>False when the path names a resource.</returns>
    public bool TryAnswer(ApiRequest request, [NotNullWhen(true)] out ApiResponse? answer)
    {
        string[] parts = request.Path.Trim('/').Split('/');
        answer = parts switch
        {
            ["healthz" or "livez" or "readyz", ..] => ApiResponse.Text(200, "ok"),
            ["version"] => ApiResponse.Json(200, ServerVersion.Json),
            [""] => ApiResponse.Json(200, """{"paths":["/api","/apis","/healthz","/livez","/openapi/v3","/readyz","/version"]}"""u8.ToArray()),
            ["openapi", "v2"] when request.Accept.Contains("protobuf", StringComparison.Ordinal) => Locked(OpenApiV2),
            ["openapi", "v3"] => Locked(_openApi.Index),
            ["openapi", "v3", ..] => Locked(() => _openApi.Document(string.Join('/', parts[2..]))),
            ["api"] or ["apis"] => Locked(() => _discovery.Root(parts[0], request.Accept)),
            ["api", "v1"] => Locked(() => _discovery.Resources("", "v1")),
            ["apis", string group] => Locked(() => _discovery.Group(group)),
            ["apis", string group, string version] => Locked(() => _discovery.Resources(group, version)),
            ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"] when request.Method == "POST" => Allow(request),
            ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"] when request.Method == "POST" => WhoAmI(request),
            _ => null,
        };
        return answer is not null;
    }

    private ApiResponse OpenApiV2() =>
        new(200, OpenApiV2Document.ContentType) { Body = [OpenApiV2Document.Build(state.Registry.All)] };

    private ApiResponse Locked(Func<ApiResponse> read)
    {
        lock (state.Gate)
            return read();
    }

    /// <summary>Who holds the token may do everything.</summary>
    private static ApiResponse Allow(ApiRequest request)
    {
        JsonObject review = RequestBody.Read(request).AsObject();
        review["status"] = new JsonObject { ["allowed"] = true, ["reason"] = "the holder of this server's token may do everything" };
        return ApiResponse.Json(201, Json.Write(review));
    }

    private static ApiResponse WhoAmI(ApiRequest request) => ApiResponse.Json(201, Json.Write(new JsonObject
    {
        ["kind"] = "SelfSubjectReview",
        ["apiVersion"] = "authentication.k8s.io/v1",
        ["metadata"] = new JsonObject(),
        ["status"] = new JsonObject
        {
            ["userInfo"] = new JsonObject { ["username"] = request.User, ["groups"] = new JsonArray("system:masters", "system:authenticated") },
        },
    }));
}
