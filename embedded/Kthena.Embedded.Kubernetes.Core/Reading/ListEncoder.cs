using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Tables;

namespace Kthena.Embedded.Kubernetes.Core.Reading;

/// <summary>Lists and tables on the wire. A list is made of the stored objects' own bytes.</summary>
internal static class ListEncoder
{
    private static readonly ReadOnlyMemory<byte> Comma = ","u8.ToArray();
    private static readonly ReadOnlyMemory<byte> End = "]}\n"u8.ToArray();

    /// <summary>A list as segments: head, objects with commas between them, end.</summary>
    public static ImmutableArray<ReadOnlyMemory<byte>> Encode(
        ApiKind kind, ImmutableArray<StoredObject> objects, long resourceVersion, string? continuation, int remaining)
    {
        var body = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>((objects.Length * 2) + 2);
        string more = continuation is null
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $",\"continue\":\"{continuation}\",\"remainingItemCount\":{remaining}");
        body.Add(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"kind\":\"{kind.ListKind}\",\"apiVersion\":\"{kind.Resource.ApiVersion}\",\"metadata\":{{\"resourceVersion\":\"{resourceVersion}\"{more}}},\"items\":[")));
        for (int at = 0; at < objects.Length; at++)
        {
            if (at > 0)
                body.Add(Comma);
            body.Add(objects[at].Utf8);
        }
        body.Add(End);
        return body.ToImmutable();
    }

    /// <summary>A table of objects.</summary>
    public static byte[] Table(
        ApiKind kind, IEnumerable<StoredObject> objects, long resourceVersion, string? continuation, int remaining, TableOptions options, DateTimeOffset now) =>
        Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("kind", "Table");
            writer.WriteString("apiVersion", options.ApiVersion);
            writer.WriteStartObject("metadata");
            writer.WriteString("resourceVersion", resourceVersion.ToString(CultureInfo.InvariantCulture));
            if (continuation is not null)
            {
                writer.WriteString("continue", continuation);
                writer.WriteNumber("remainingItemCount", remaining);
            }
            writer.WriteEndObject();
            writer.WriteStartArray("columnDefinitions");
            foreach (TableColumn column in kind.Printer.Columns)
                WriteColumn(writer, column);
            writer.WriteEndArray();
            writer.WriteStartArray("rows");
            foreach (StoredObject stored in objects)
                WriteRow(writer, kind, stored, options, now);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });

    private static void WriteColumn(Utf8JsonWriter writer, TableColumn column)
    {
        writer.WriteStartObject();
        writer.WriteString("name", column.Name);
        writer.WriteString("type", column.Type);
        writer.WriteString("format", column.Format);
        writer.WriteString("description", column.Description);
        writer.WriteNumber("priority", column.Priority);
        writer.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter writer, ApiKind kind, StoredObject stored, TableOptions options, DateTimeOffset now)
    {
        JsonObject json = stored.ToMutable();
        writer.WriteStartObject();
        writer.WriteStartArray("cells");
        kind.Printer.WriteCells(writer, json, now);
        writer.WriteEndArray();
        if (options.Include == "Object")
        {
            writer.WritePropertyName("object");
            writer.WriteRawValue(stored.Utf8.Span, skipInputValidation: true);
        }
        else if (options.Include != "None")
        {
            writer.WriteStartObject("object");
            writer.WriteString("kind", "PartialObjectMetadata");
            writer.WriteString("apiVersion", options.ApiVersion);
            writer.WritePropertyName("metadata");
            json["metadata"]!.WriteTo(writer);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }
}

/// <summary>How a client wants its table.</summary>
/// <param name="ApiVersion">The version of the table's kind.</param>
/// <param name="Include">What each row carries: <c>Metadata</c>, <c>Object</c> or <c>None</c>.</param>
internal sealed record TableOptions(string ApiVersion, string Include)
{
    /// <summary>Reads the header; null when the client's first choice that is served is no table.</summary>
    public static TableOptions? Read(string accept, string include)
    {
        foreach (string choice in accept.Split(','))
        {
            string[] parts = [.. choice.Split(';').Select(static part => part.Trim())];
            if (parts[0] is not ("application/json" or "*/*" or "application/*"))
                continue;
            if (!parts.Contains("as=Table"))
                return null;
            string version = parts.Contains("v=v1beta1") ? "meta.k8s.io/v1beta1" : "meta.k8s.io/v1";
            return new TableOptions(version, include.Length == 0 ? "Metadata" : include);
        }
        return null;
    }
}
