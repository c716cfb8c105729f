using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;

namespace Kthena.Embedded.Kubernetes.Core.Protobuf;

/// <summary>
/// The bodies that newer kubectl sends as protobuf whatever the server offers: namespaces, config maps, secrets, access
/// reviews and delete options. Field numbers are those of Kubernetes' <c>generated.proto</c> files.
/// </summary>
internal static class ProtobufBodies
{
    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>Decodes the envelope and the message in it.</summary>
    /// <exception cref="ApiError">The body is malformed, or of a kind that is not read as protobuf.</exception>
    public static JsonObject ToJson(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith(Magic))
            throw ApiError.BadRequest("the protobuf body does not begin with the Kubernetes magic number");
        string apiVersion = "", kind = "";
        ReadOnlySpan<byte> raw = default;
        var envelope = new ProtobufReader(body[Magic.Length..]);
        while (envelope.Read())
        {
            if (envelope.Field == 2)
                raw = envelope.Bytes;
            if (envelope.Field != 1)
                continue;
            var type = new ProtobufReader(envelope.Bytes);
            while (type.Read())
            {
                if (type.Field == 1)
                    apiVersion = type.Text;
                else if (type.Field == 2)
                    kind = type.Text;
            }
        }
        JsonObject json = kind switch
        {
            "Namespace" => Namespace(raw),
            "ConfigMap" => ConfigMap(raw),
            "Secret" => Secret(raw),
            "DeleteOptions" => DeleteOptions(raw),
            "SelfSubjectAccessReview" => AccessReview(raw),
            _ => throw ApiError.UnsupportedMediaType($"a protobuf body of kind {kind} is not read by this server: send JSON, as kubectl create -f and apply do"),
        };
        json["apiVersion"] = apiVersion;
        json["kind"] = kind;
        return json;
    }

    private static JsonObject Namespace(ReadOnlySpan<byte> message)
    {
        var json = new JsonObject();
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            if (reader.Field == 1)
                json["metadata"] = Metadata(reader.Bytes);
        }
        return json;
    }

    private static JsonObject ConfigMap(ReadOnlySpan<byte> message)
    {
        var json = new JsonObject();
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1:
                    json["metadata"] = Metadata(reader.Bytes);
                    break;
                case 2:
                    AddPair(json, "data", reader.Bytes, isBinary: false);
                    break;
                case 3:
                    AddPair(json, "binaryData", reader.Bytes, isBinary: true);
                    break;
                case 4:
                    json["immutable"] = reader.Number != 0;
                    break;
            }
        }
        return json;
    }

    private static JsonObject Secret(ReadOnlySpan<byte> message)
    {
        var json = new JsonObject();
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1:
                    json["metadata"] = Metadata(reader.Bytes);
                    break;
                case 2:
                    AddPair(json, "data", reader.Bytes, isBinary: true);
                    break;
                case 3:
                    json["type"] = reader.Text;
                    break;
                case 4:
                    AddPair(json, "stringData", reader.Bytes, isBinary: false);
                    break;
                case 5:
                    json["immutable"] = reader.Number != 0;
                    break;
            }
        }
        return json;
    }

    private static JsonObject DeleteOptions(ReadOnlySpan<byte> message)
    {
        var json = new JsonObject();
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1:
                    json["gracePeriodSeconds"] = (long)reader.Number;
                    break;
                case 2:
                    json["preconditions"] = Texts(reader.Bytes, (1, "uid"), (2, "resourceVersion"));
                    break;
                case 3:
                    json["orphanDependents"] = reader.Number != 0;
                    break;
                case 4:
                    json["propagationPolicy"] = reader.Text;
                    break;
            }
        }
        return json;
    }

    private static JsonObject AccessReview(ReadOnlySpan<byte> message)
    {
        var spec = new JsonObject();
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            if (reader.Field != 2)
                continue;
            var inner = new ProtobufReader(reader.Bytes);
            while (inner.Read())
            {
                if (inner.Field == 1)
                {
                    spec["resourceAttributes"] = Texts(inner.Bytes, (1, "namespace"), (2, "verb"), (3, "group"),
                        (4, "version"), (5, "resource"), (6, "subresource"), (7, "name"));
                }
                else if (inner.Field == 2)
                {
                    spec["nonResourceAttributes"] = Texts(inner.Bytes, (1, "path"), (2, "verb"));
                }
            }
        }
        return new JsonObject { ["spec"] = spec };
    }

    private static JsonObject Metadata(ReadOnlySpan<byte> message)
    {
        var json = new JsonObject();
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1 when !reader.Bytes.IsEmpty:
                    json["name"] = reader.Text;
                    break;
                case 2 when !reader.Bytes.IsEmpty:
                    json["generateName"] = reader.Text;
                    break;
                case 3 when !reader.Bytes.IsEmpty:
                    json["namespace"] = reader.Text;
                    break;
                case 11:
                    AddPair(json, "labels", reader.Bytes, isBinary: false);
                    break;
                case 12:
                    AddPair(json, "annotations", reader.Bytes, isBinary: false);
                    break;
                case 14:
                    if (json["finalizers"] is not JsonArray finalizers)
                        json["finalizers"] = finalizers = [];
                    finalizers.Add(reader.Text);
                    break;
            }
        }
        return json;
    }

    private static void AddPair(JsonObject json, string member, ReadOnlySpan<byte> pair, bool isBinary)
    {
        string key = "";
        string value = "";
        var reader = new ProtobufReader(pair);
        while (reader.Read())
        {
            if (reader.Field == 1)
                key = reader.Text;
            else if (reader.Field == 2)
                value = isBinary ? Convert.ToBase64String(reader.Bytes) : reader.Text;
        }
        if (json[member] is not JsonObject map)
            json[member] = map = [];
        map[key] = value;
    }

    private static JsonObject Texts(ReadOnlySpan<byte> message, params ReadOnlySpan<(int Field, string Name)> fields)
    {
        var json = new JsonObject();
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            foreach ((int field, string name) in fields)
            {
                if (field == reader.Field && !reader.Bytes.IsEmpty)
                    json[name] = reader.Text;
            }
        }
        return json;
    }
}
