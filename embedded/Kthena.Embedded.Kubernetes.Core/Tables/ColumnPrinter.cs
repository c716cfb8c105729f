using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Tables;

/// <summary>The table of a custom resource: its name and the columns that its definition lists.</summary>
internal sealed class ColumnPrinter : TablePrinter
{
    public static readonly TablePrinter NameAndAge = new CellPrinter(
        (new TableColumn("Name", Format: "name"), static (json, _) => json.Object("metadata").String("name")),
        (new TableColumn("Age", Description: "Time since creation"), static (json, now) => HumanAge.Of(json, now)));

    private readonly ImmutableArray<(TableColumn Column, JsonPath? Path)> _columns;

    private ColumnPrinter(ImmutableArray<(TableColumn Column, JsonPath? Path)> columns)
    {
        _columns = columns;
        Columns = [new TableColumn("Name", Format: "name"), .. columns.Select(static column => column.Column)];
    }

    public override ImmutableArray<TableColumn> Columns { get; }

    /// <summary>Reads <c>additionalPrinterColumns</c>; without any the table has name and age.</summary>
    public static TablePrinter FromDefinition(JsonArray? columns) => columns is not { Count: > 0 }
        ? NameAndAge
        : new ColumnPrinter([.. columns.Select(static column => (
            new TableColumn(
                column.String("name") ?? "", column.String("type") ?? "string", (int)(column.Int64("priority") ?? 0),
                column.String("format") ?? "", column.String("description") ?? ""),
            JsonPath.Parse(column.String("jsonPath") ?? "")))]);

    public override void WriteCells(Utf8JsonWriter writer, JsonObject json, DateTimeOffset now)
    {
        writer.WriteStringValue(json.Object("metadata").String("name"));
        foreach ((TableColumn column, JsonPath? path) in _columns)
        {
            JsonNode? value = path?.First(json);
            if (column.Type == "date" && value.AsText() is { } instant)
                writer.WriteStringValue(HumanAge.Since(instant, now));
            else if (value is null)
                writer.WriteNullValue();
            else if (column.Type is "integer" or "number" or "boolean" && value is JsonValue)
                value.WriteTo(writer);
            else
                writer.WriteStringValue(value.AsText() ?? Json.Text(value));
        }
    }
}
