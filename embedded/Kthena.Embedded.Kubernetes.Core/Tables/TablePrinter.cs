using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kthena.Embedded.Kubernetes.Core.Tables;

/// <summary>One column of a server-printed table.</summary>
/// <param name="Name">The heading.</param>
/// <param name="Type">The OpenAPI type of its cells.</param>
/// <param name="Priority">0 for always, 1 for <c>-o wide</c> only.</param>
/// <param name="Format">The OpenAPI format, or empty.</param>
/// <param name="Description">What it shows.</param>
internal sealed record TableColumn(string Name, string Type = "string", int Priority = 0, string Format = "", string Description = "");

/// <summary>How a kind looks in <c>kubectl get</c>.</summary>
internal abstract class TablePrinter
{
    public abstract ImmutableArray<TableColumn> Columns { get; }

    /// <summary>Writes the cells of one row, one JSON value for each column.</summary>
    public abstract void WriteCells(Utf8JsonWriter writer, JsonObject json, DateTimeOffset now);
}

/// <summary>A printer made of one function per column.</summary>
internal sealed class CellPrinter(params ImmutableArray<(TableColumn Column, Func<JsonObject, DateTimeOffset, object?> Cell)> columns) : TablePrinter
{
    public override ImmutableArray<TableColumn> Columns { get; } = [.. columns.Select(static column => column.Column)];

    public override void WriteCells(Utf8JsonWriter writer, JsonObject json, DateTimeOffset now)
    {
        foreach ((_, Func<JsonObject, DateTimeOffset, object?> cell) in columns)
        {
            switch (cell(json, now))
            {
                case null:
                    writer.WriteStringValue("<none>");
                    break;
                case long number:
                    writer.WriteNumberValue(number);
                    break;
                case var text:
                    writer.WriteStringValue(text.ToString());
                    break;
            }
        }
    }
}
