using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Tables;

/// <summary>The tables of built-in kinds, with Kubernetes' headings.</summary>
internal static class BuiltInPrinters
{
    private const string None = "<none>";

    private static readonly (TableColumn, Func<JsonObject, DateTimeOffset, object?>) Name =
        (new TableColumn("Name", Format: "name"), static (json, _) => json.Object("metadata").String("name"));

    private static readonly (TableColumn, Func<JsonObject, DateTimeOffset, object?>) Age =
        (new TableColumn("Age"), static (json, now) => HumanAge.Of(json, now));

    public static readonly TablePrinter Pods = new CellPrinter(
        Name,
        (new TableColumn("Ready"), static (json, _) => PodCells.Ready(json)),
        (new TableColumn("Status"), static (json, _) => PodCells.Status(json)),
        (new TableColumn("Restarts"), static (json, _) => PodCells.Restarts(json)),
        Age,
        (Wide("IP"), static (json, _) => Text(json, "status", "podIP")),
        (Wide("Node"), static (json, _) => Text(json, "spec", "nodeName")),
        (Wide("Nominated Node"), static (json, _) => Text(json, "status", "nominatedNodeName")),
        (Wide("Readiness Gates"), static (_, _) => None));

    public static readonly TablePrinter Services = new CellPrinter(
        Name,
        (new TableColumn("Type"), static (json, _) => Text(json, "spec", "type")),
        (new TableColumn("Cluster-IP"), static (json, _) => Text(json, "spec", "clusterIP")),
        (new TableColumn("External-IP"), static (json, _) => Text(json, "spec", "externalName")),
        (new TableColumn("Port(s)"), static (json, _) => Ports(json)),
        Age,
        (Wide("Selector"), static (json, _) => Pairs(json.Object("spec").Object("selector"))));

    public static readonly TablePrinter Namespaces = new CellPrinter(
        Name, (new TableColumn("Status"), static (json, _) => Text(json, "status", "phase")), Age);

    public static readonly TablePrinter Nodes = new CellPrinter(
        Name,
        (new TableColumn("Status"), static (json, _) => NodeStatus(json)),
        (new TableColumn("Roles"), static (json, _) => NodeRoles(json)),
        Age,
        (new TableColumn("Version"), static (json, _) => json.At("status", "nodeInfo", "kubeletVersion").AsText() ?? ""),
        (Wide("Internal-IP"), static (json, _) => NodeAddress(json, "InternalIP")),
        (Wide("External-IP"), static (json, _) => NodeAddress(json, "ExternalIP")),
        (Wide("OS-Image"), static (json, _) => json.At("status", "nodeInfo", "osImage").AsText() ?? "<unknown>"),
        (Wide("Kernel-Version"), static (json, _) => json.At("status", "nodeInfo", "kernelVersion").AsText() ?? "<unknown>"),
        (Wide("Container-Runtime"), static (json, _) => json.At("status", "nodeInfo", "containerRuntimeVersion").AsText() ?? "<unknown>"));

    public static readonly TablePrinter Events = new CellPrinter(
        (new TableColumn("Last Seen"), static (json, now) =>
            HumanAge.Since(json.String("lastTimestamp") ?? json.String("eventTime") ?? json.String("firstTimestamp"), now)),
        (new TableColumn("Type"), static (json, _) => json.String("type")),
        (new TableColumn("Reason"), static (json, _) => json.String("reason")),
        (new TableColumn("Object"), static (json, _) =>
            $"{json.Object("involvedObject").String("kind")?.ToLowerInvariant()}/{json.Object("involvedObject").String("name")}"),
        (Wide("Subobject"), static (json, _) => json.Object("involvedObject").String("fieldPath") ?? ""),
        (Wide("Source"), static (json, _) => json.String("reportingComponent") ?? json.Object("source").String("component") ?? ""),
        (new TableColumn("Message"), static (json, _) => json.String("message")?.Trim() ?? ""),
        (Wide("First Seen"), static (json, now) => HumanAge.Since(json.String("firstTimestamp") ?? json.String("eventTime"), now)),
        (Wide("Count"), static (json, _) => (json.Int64("count") ?? 1).ToString(System.Globalization.CultureInfo.InvariantCulture)),
        (new TableColumn("Name", Priority: 1, Format: "name"), static (json, _) => json.Object("metadata").String("name")));

    public static readonly TablePrinter ControllerRevisions = new CellPrinter(
        Name,
        (new TableColumn("Controller"), static (json, _) => Controller(json)),
        (new TableColumn("Revision", "integer"), static (json, _) => json.Int64("revision") ?? 0),
        Age);

    public static readonly TablePrinter ConfigMaps = new CellPrinter(
        Name,
        (new TableColumn("Data"), static (json, _) => Count(json, "data", "binaryData")),
        Age);

    public static readonly TablePrinter Secrets = new CellPrinter(
        Name,
        (new TableColumn("Type"), static (json, _) => json.String("type")),
        (new TableColumn("Data", "integer"), static (json, _) => (long)(json.Object("data")?.Count ?? 0)),
        Age);

    public static readonly TablePrinter Leases = new CellPrinter(
        Name, (new TableColumn("Holder"), static (json, _) => Text(json, "spec", "holderIdentity")), Age);

    public static readonly TablePrinter Definitions = new CellPrinter(
        Name, (new TableColumn("Created At", "date"), static (json, _) => json.Object("metadata").String("creationTimestamp")));

    private static TableColumn Wide(string name) => new(name, Priority: 1);

    private static string Text(JsonObject json, params ReadOnlySpan<string> path) =>
        json.At(path).AsText() is { Length: > 0 } text ? text : None;

    private static string Count(JsonObject json, params ReadOnlySpan<string> members)
    {
        int total = 0;
        foreach (string member in members)
            total += json.Object(member)?.Count ?? 0;
        return total.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Ports(JsonObject service)
    {
        string ports = string.Join(',', (service.Object("spec").Array("ports") ?? []).Select(static port =>
            port.Int64("nodePort") is { } node and > 0
                ? $"{port.Int64("port")}:{node}/{port.String("protocol")}"
                : $"{port.Int64("port")}/{port.String("protocol")}"));
        return ports.Length == 0 ? None : ports;
    }

    private static string Pairs(JsonObject? pairs) => pairs is not { Count: > 0 }
        ? None
        : string.Join(',', pairs.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}={pair.Value.AsText()}"));

    private static string NodeStatus(JsonObject node)
    {
        string status = (node.Object("status").Array("conditions") ?? [])
            .Where(static condition => condition.String("type") == "Ready")
            .Select(static condition => condition.String("status") == "True" ? "Ready" : "NotReady")
            .FirstOrDefault("Unknown");
        return node.Object("spec").Boolean("unschedulable") == true ? status + ",SchedulingDisabled" : status;
    }

    private static string NodeRoles(JsonObject node)
    {
        const string prefix = "node-role.kubernetes.io/";
        string roles = string.Join(',', (node.Object("metadata").Object("labels") ?? [])
            .Where(static label => label.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(static label => label.Key[prefix.Length..])
            .Order(StringComparer.Ordinal));
        return roles.Length == 0 ? None : roles;
    }

    private static string NodeAddress(JsonObject node, string type) =>
        (node.Object("status").Array("addresses") ?? [])
            .Where(address => address.String("type") == type)
            .Select(static address => address.String("address") ?? None)
            .FirstOrDefault(None);

    private static string Controller(JsonObject revision) =>
        (revision.Object("metadata").Array("ownerReferences") ?? [])
            .Where(static owner => owner.Boolean("controller") == true)
            .Select(static owner => ControllerText(owner))
            .FirstOrDefault(None);

    private static string ControllerText(JsonNode? owner)
    {
        string[] version = (owner.String("apiVersion") ?? "").Split('/');
        string kind = owner.String("kind")?.ToLowerInvariant() ?? "";
        return version.Length == 2 ? $"{kind}.{version[0]}/{owner.String("name")}" : $"{kind}/{owner.String("name")}";
    }
}
