using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using static Kthena.Embedded.Kubernetes.Core.Protobuf.FieldForm;

namespace Kthena.Embedded.Kubernetes.Core.Protobuf;

/// <summary>
/// The bodies that newer kubectl sends as protobuf whatever the server offers: namespaces, config maps, secrets, access
/// reviews and delete options. Field numbers are those of Kubernetes' <c>generated.proto</c> files.
/// </summary>
internal static class ProtobufBodies
{
    private static readonly MessageShape Envelope = new(
        new MessageField(1, "type", Message, new(new(1, "apiVersion"), new(2, "kind"))));

    private static readonly MessageField Metadata = new(1, "metadata", Message, new(
        new(1, "name"),
        new(2, "generateName"),
        new(3, "namespace"),
        new(11, "labels", TextMap),
        new(12, "annotations", TextMap),
        new(13, "ownerReferences", MessageList, new(
            new(1, "kind"),
            new(3, "name"),
            new(4, "uid"),
            new(5, "apiVersion"),
            new(6, "controller", Truth),
            new(7, "blockOwnerDeletion", Truth))),
        new(14, "finalizers", TextList)));

    private static readonly Dictionary<string, MessageShape> Kinds = new(StringComparer.Ordinal)
    {
        ["Namespace"] = new(Metadata),
        ["ConfigMap"] = new(Metadata, new(2, "data", TextMap), new(3, "binaryData", BinaryMap), new(4, "immutable", Truth)),
        ["Secret"] = new(
            Metadata, new(2, "data", BinaryMap), new(3, "type"), new(4, "stringData", TextMap), new(5, "immutable", Truth)),
        ["DeleteOptions"] = new(
            new(1, "gracePeriodSeconds", Number),
            new(2, "preconditions", Message, new(new(1, "uid"), new(2, "resourceVersion"))),
            new(3, "orphanDependents", Truth),
            new(4, "propagationPolicy")),
        ["SelfSubjectAccessReview"] = new(new MessageField(2, "spec", Message, new(
            new(1, "resourceAttributes", Message, new(
                new(1, "namespace"),
                new(2, "verb"),
                new(3, "group"),
                new(4, "version"),
                new(5, "resource"),
                new(6, "subresource"),
                new(7, "name"))),
            new(2, "nonResourceAttributes", Message, new(new(1, "path"), new(2, "verb")))))),
    };

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>Decodes the envelope and the message in it.</summary>
    /// <exception cref="ApiError">The body is malformed, or of a kind that is not read as protobuf.</exception>
    public static JsonObject ToJson(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith(Magic))
            throw ApiError.BadRequest("the protobuf body does not begin with the Kubernetes magic number");
        JsonNode? type = Envelope.Read(body[Magic.Length..])["type"];
        string kind = (string?)type?["kind"] ?? "";
        if (!Kinds.TryGetValue(kind, out MessageShape? shape))
            throw ApiError.UnsupportedMediaType($"a protobuf body of kind {kind} is not read by this server: send JSON, as kubectl create -f and apply do");
        JsonObject json = shape.Read(Raw(body[Magic.Length..]));
        json["apiVersion"] = (string?)type?["apiVersion"] ?? "";
        json["kind"] = kind;
        return json;
    }

    private static ReadOnlySpan<byte> Raw(ReadOnlySpan<byte> envelope)
    {
        ReadOnlySpan<byte> raw = default;
        var reader = new ProtobufReader(envelope);
        while (reader.Read())
        {
            if (reader.Field == 2)
                raw = reader.Bytes;
        }
        return raw;
    }
}
