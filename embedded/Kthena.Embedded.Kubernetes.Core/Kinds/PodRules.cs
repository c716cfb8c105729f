using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core.Kinds;

/// <summary>What the API server adds to pods and refuses of them.</summary>
internal sealed class PodRules : KindRules
{
    private const long GraceSecondsDefault = 30;

    public override void Default(JsonObject json, JsonObject? old, KindContext context)
    {
        JsonObject spec = json.EnsureObject("spec");
        spec.TryAdd("restartPolicy", "Always");
        spec.TryAdd("dnsPolicy", "ClusterFirst");
        spec.TryAdd("schedulerName", "default-scheduler");
        spec.TryAdd("terminationGracePeriodSeconds", GraceSecondsDefault);
        spec.TryAdd("enableServiceLinks", true);
        if (!spec.ContainsKey("securityContext"))
            spec["securityContext"] = new JsonObject();
        spec.TryAdd("serviceAccountName", "default");
        spec.TryAdd("serviceAccount", spec.String("serviceAccountName"));
        foreach (string list in (string[])["containers", "initContainers"])
        {
            foreach (JsonObject container in spec.Array(list)?.OfType<JsonObject>() ?? [])
                DefaultContainer(container);
        }
        if (old is null)
            json["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = QualityOfService(spec) };
    }

    public override void Validate(JsonObject json, JsonObject? old, ICollection<FieldError> errors)
    {
        JsonObject? spec = json.Object("spec");
        if (spec.Array("containers") is not { Count: > 0 } containers)
        {
            errors.Add(FieldError.Required("spec.containers"));
            return;
        }
        var names = new SortedSet<string>(StringComparer.Ordinal);
        ValidateContainers(containers, "spec.containers", names, errors);
        if (spec.Array("initContainers") is { } initial)
            ValidateContainers(initial, "spec.initContainers", names, errors);
        string policy = spec.String("restartPolicy") ?? "";
        if (policy is not ("Always" or "OnFailure" or "Never"))
            errors.Add(FieldError.NotSupported("spec.restartPolicy", Json.Text(policy), ["\"Always\"", "\"OnFailure\"", "\"Never\""]));
        if (old is not null)
            ValidateUpdate(spec!, old.Object("spec")!, errors);
    }

    public override long GraceSeconds(JsonObject json, long? requested)
    {
        JsonObject? spec = json.Object("spec");
        if (string.IsNullOrEmpty(spec.String("nodeName")) || json.Object("status").String("phase") is "Succeeded" or "Failed")
            return 0;
        return Math.Max(0, requested ?? spec.Int64("terminationGracePeriodSeconds") ?? GraceSecondsDefault);
    }

    private static void DefaultContainer(JsonObject container)
    {
        container.TryAdd("terminationMessagePath", "/dev/termination-log");
        container.TryAdd("terminationMessagePolicy", "File");
        if (!container.ContainsKey("resources"))
            container["resources"] = new JsonObject();
        string image = container.String("image") ?? "";
        int tag = image.LastIndexOf(':');
        bool isLatest = !image.Contains('@', StringComparison.Ordinal)
            && (tag < image.LastIndexOf('/') || tag < 0 || image[tag..] == ":latest");
        container.TryAdd("imagePullPolicy", isLatest ? "Always" : "IfNotPresent");
        foreach (JsonObject port in container.Array("ports")?.OfType<JsonObject>() ?? [])
            port.TryAdd("protocol", "TCP");
    }

    private static string QualityOfService(JsonObject spec)
    {
        var containers = (spec.Array("containers")?.OfType<JsonObject>() ?? []).ToList();
        bool any = containers.Any(static container =>
            container.Object("resources").Object("requests") is { Count: > 0 } || container.Object("resources").Object("limits") is { Count: > 0 });
        if (!any)
            return "BestEffort";
        bool isGuaranteed = containers.All(static container =>
        {
            JsonObject? limits = container.Object("resources").Object("limits");
            JsonObject? requests = container.Object("resources").Object("requests");
            return limits is not null && limits.ContainsKey("cpu") && limits.ContainsKey("memory")
                && (requests is null || ((!requests.ContainsKey("cpu") || JsonNode.DeepEquals(requests["cpu"], limits["cpu"]))
                    && (!requests.ContainsKey("memory") || JsonNode.DeepEquals(requests["memory"], limits["memory"]))));
        });
        return isGuaranteed ? "Guaranteed" : "Burstable";
    }

    private static void ValidateContainers(JsonArray containers, string path, SortedSet<string> names, ICollection<FieldError> errors)
    {
        for (int at = 0; at < containers.Count; at++)
        {
            string here = $"{path}[{at}]";
            if (containers[at] is not JsonObject container)
            {
                errors.Add(FieldError.WrongType(here, Json.Text(containers[at]), "must be an object"));
                continue;
            }
            string? name = container.String("name");
            if (string.IsNullOrEmpty(name))
                errors.Add(FieldError.Required($"{here}.name"));
            else if (!Naming.IsDnsLabel(name))
                errors.Add(FieldError.Invalid($"{here}.name", Json.Text(name), Naming.LabelRule));
            else if (!names.Add(name))
                errors.Add(FieldError.Duplicate($"{here}.name", Json.Text(name)));
            if (string.IsNullOrEmpty(container.String("image")))
                errors.Add(FieldError.Required($"{here}.image"));
            else if (container.String("image")!.Trim() != container.String("image"))
                errors.Add(FieldError.Invalid($"{here}.image", Json.Text(container["image"]), "must not have leading or trailing whitespace"));
            ValidatePorts(container.Array("ports"), $"{here}.ports", errors);
        }
    }

    private static void ValidatePorts(JsonArray? ports, string path, ICollection<FieldError> errors)
    {
        for (int at = 0; at < (ports?.Count ?? 0); at++)
        {
            long? number = ports![at].Int64("containerPort");
            if (number is null)
                errors.Add(FieldError.Required($"{path}[{at}].containerPort"));
            else if (number is < 1 or > 65535)
                errors.Add(FieldError.Invalid($"{path}[{at}].containerPort", Json.Text(ports[at]!["containerPort"]), "must be between 1 and 65535, inclusive"));
        }
    }

    /// <summary>Of a pod's spec only images, deadlines, added tolerations and an unset node may change.</summary>
    private static void ValidateUpdate(JsonObject spec, JsonObject old, ICollection<FieldError> errors)
    {
        JsonObject now = Comparable(spec);
        JsonObject before = Comparable(old);
        if (string.IsNullOrEmpty(before.String("nodeName")))
        {
            now.Remove("nodeName");
            before.Remove("nodeName");
        }
        if (!JsonNode.DeepEquals(now, before))
        {
            errors.Add(FieldError.Forbidden("spec",
                "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
                + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"));
        }
    }

    private static JsonObject Comparable(JsonObject spec)
    {
        var copy = (JsonObject)spec.DeepClone();
        foreach (string name in (string[])["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "schedulingGates"])
            copy.Remove(name);
        foreach (string list in (string[])["containers", "initContainers"])
        {
            foreach (JsonObject container in copy.Array(list)?.OfType<JsonObject>() ?? [])
            {
                container.Remove("image");
                container.Remove("imagePullPolicy");
            }
        }
        return copy;
    }
}
