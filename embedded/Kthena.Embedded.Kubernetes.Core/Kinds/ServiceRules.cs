using System.Globalization;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Kinds;

/// <summary>Services: a cluster address each, unless they are headless.</summary>
internal sealed class ServiceRules : KindRules
{
    private const string Headless = "None";

    public override bool NamesAreLabels => true;

    public override void Default(JsonObject json, JsonObject? old, KindContext context)
    {
        JsonObject spec = json.EnsureObject("spec");
        spec.TryAdd("type", "ClusterIP");
        spec.TryAdd("sessionAffinity", "None");
        spec.TryAdd("internalTrafficPolicy", "Cluster");
        spec.TryAdd("ipFamilyPolicy", "SingleStack");
        foreach (JsonObject port in spec.Array("ports")?.OfType<JsonObject>() ?? [])
        {
            port.TryAdd("protocol", "TCP");
            if (!port.ContainsKey("targetPort") && port["port"] is { } number)
                port["targetPort"] = number.DeepClone();
        }
        if (spec.String("type") == "ExternalName")
            return;
        if (string.IsNullOrEmpty(spec.String("clusterIP")))
            spec["clusterIP"] = old.Object("spec").String("clusterIP") is { Length: > 0 } kept ? kept : FreeAddress(context);
        spec["clusterIPs"] = new JsonArray(spec.String("clusterIP"));
        if (!spec.ContainsKey("ipFamilies"))
            spec["ipFamilies"] = new JsonArray("IPv4");
        if (!json.ContainsKey("status"))
            json["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
    }

    public override void Validate(JsonObject json, JsonObject? old, ICollection<FieldError> errors)
    {
        JsonObject? spec = json.Object("spec");
        JsonArray? ports = spec.Array("ports");
        string? address = spec.String("clusterIP");
        if (ports is not { Count: > 0 } && address != Headless && spec.String("type") != "ExternalName")
            errors.Add(FieldError.Required("spec.ports"));
        for (int at = 0; at < (ports?.Count ?? 0); at++)
        {
            long? number = ports![at].Int64("port");
            if (number is null)
                errors.Add(FieldError.Required($"spec.ports[{at}].port"));
            else if (number is < 1 or > 65535)
                errors.Add(FieldError.Invalid($"spec.ports[{at}].port", Json.Text(ports[at]!["port"]), "must be between 1 and 65535, inclusive"));
            if (ports.Count > 1 && string.IsNullOrEmpty(ports[at].String("name")))
                errors.Add(FieldError.Required($"spec.ports[{at}].name"));
        }
        string? before = old.Object("spec").String("clusterIP");
        if (!string.IsNullOrEmpty(before) && before != address && spec.String("type") != "ExternalName")
            errors.Add(FieldError.Invalid("spec.clusterIP", Json.Text(address), "field is immutable"));
    }

    /// <summary>The lowest address of 10.96.0.0/16 that no Service has; the first belongs to the API server itself.</summary>
    private static string FreeAddress(KindContext context)
    {
        var taken = new SortedSet<int>();
        if (context.Store.Find("services") is { } services)
        {
            foreach (StoredObject service in services.Objects.Values)
            {
                string[] parts = service.Fields[0].Split('.');
                if (parts is ["10", "96", _, _])
                    taken.Add((int.Parse(parts[2], CultureInfo.InvariantCulture) << 8) + int.Parse(parts[3], CultureInfo.InvariantCulture));
            }
        }
        int free = 10;
        while (taken.Contains(free))
            free++;
        return $"10.96.{free >> 8}.{free & 255}";
    }
}
