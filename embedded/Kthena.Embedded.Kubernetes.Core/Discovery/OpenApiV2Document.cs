using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Protobuf;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Discovery;

/// <summary>
/// OpenAPI v2 in its protobuf form, for kubectl up to 1.28, which will not apply or explain without it: that PATCH of
/// each kind takes <c>fieldValidation</c>, and nothing more. Schemas are in v3 alone. Field numbers are those of gnostic's
/// <c>OpenAPIv2.proto</c>.
/// </summary>
internal static class OpenApiV2Document
{
    public const string ContentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    private const int DocumentSwagger = 1;
    private const int DocumentInfo = 2;
    private const int DocumentPaths = 8;
    private const int InfoTitle = 1;
    private const int InfoVersion = 2;
    private const int PathsPath = 2;
    private const int NamedName = 1;
    private const int NamedValue = 2;
    private const int PathItemPatch = 8;
    private const int OperationParameters = 8;
    private const int OperationResponses = 9;
    private const int OperationVendorExtension = 13;
    private const int AnyYaml = 2;

    public static byte[] Build(IEnumerable<ApiKind> kinds)
    {
        var document = new ProtobufWriter();
        document.Text(DocumentSwagger, "2.0");
        document.Message(DocumentInfo, static info => info.Text(InfoTitle, "Kthena embedded API server").Text(InfoVersion, "v1.32.0"));
        document.Message(DocumentPaths, paths =>
        {
            foreach (ApiKind kind in kinds)
                paths.Message(PathsPath, path => WritePath(path, kind.Resource));
        });
        return document.ToArray();
    }

    private static void WritePath(ProtobufWriter path, ResourceKind kind)
    {
        path.Text(NamedName, kind.ObjectPath(kind.IsNamespaced ? "{namespace}" : null, "{name}"));
        path.Message(NamedValue, item => item.Message(PathItemPatch, operation =>
        {
            operation.Message(OperationParameters, WriteFieldValidation);
            operation.Message(OperationResponses, static _ => { });
            operation.Message(OperationVendorExtension, extension =>
            {
                extension.Text(NamedName, "x-kubernetes-group-version-kind");
                extension.Message(NamedValue, any => any.Text(AnyYaml, $"group: \"{kind.Group}\"\nkind: {kind.Kind}\nversion: {kind.Version}\n"));
            });
        }));
    }

    /// <summary>ParametersItem, Parameter, NonBodyParameter, QueryParameterSubSchema, one inside the other.</summary>
    private static void WriteFieldValidation(ProtobufWriter item) =>
        item.Message(1, static parameter => parameter.Message(2, static nonBody => nonBody.Message(3, static query =>
            query.Text(2, "query").Text(4, "fieldValidation"))));
}
