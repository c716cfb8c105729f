using System.Collections.Immutable;
using System.Text.Json;
using Kthena.Embedded.Kubernetes.Core.Tables;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Kinds;

/// <summary>The kinds that are served without a definition. Those without rules are stored and nothing more.</summary>
internal static class BuiltInKinds
{
    public static ImmutableArray<ApiKind> All() =>
    [
        Kind(ResourceKinds.Namespace, new NamespaceRules(), BuiltInPrinters.Namespaces, ["ns"], hasStatus: true),
        Kind(ResourceKinds.Node, KindRules.None, BuiltInPrinters.Nodes, ["no"], hasStatus: true, fields: ["spec.unschedulable"]),
        Kind(ResourceKinds.Pod, new PodRules(), BuiltInPrinters.Pods, ["po"], ["all"], hasStatus: true,
            fields: ["spec.nodeName", "status.phase", "spec.schedulerName", "spec.restartPolicy", "status.podIP", "spec.serviceAccountName"], read: static json => Pod.Parse(json)),
        Kind(ResourceKinds.Service, new ServiceRules(), BuiltInPrinters.Services, ["svc"], ["all"], hasStatus: true,
            fields: ["spec.clusterIP", "spec.type"], read: static json => Service.Parse(json)),
        Kind(ResourceKinds.Event, new EventRules(), BuiltInPrinters.Events, ["ev"], fields:
        [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
            "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "type", "reportingComponent",
        ]),
        Kind(ResourceKinds.ControllerRevision, new ControllerRevisionRules(), BuiltInPrinters.ControllerRevisions, [], read: static json => ControllerRevision.Parse(json)),
        Kind(new ResourceKind("", "v1", "configmaps", "ConfigMap"), KindRules.None, BuiltInPrinters.ConfigMaps, ["cm"]),
        Kind(new ResourceKind("", "v1", "secrets", "Secret"), new SecretRules(), BuiltInPrinters.Secrets, [], fields: ["type"]),
        Kind(new ResourceKind("", "v1", "serviceaccounts", "ServiceAccount"), KindRules.None, ColumnPrinter.NameAndAge, ["sa"]),
        Kind(new ResourceKind("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"), KindRules.None, ColumnPrinter.NameAndAge, ["pvc"], hasStatus: true),
        Kind(new ResourceKind("", "v1", "endpoints", "Endpoints"), KindRules.None, ColumnPrinter.NameAndAge, ["ep"]),
        Kind(new ResourceKind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"), KindRules.None, ColumnPrinter.NameAndAge, []),
        Kind(new ResourceKind("coordination.k8s.io", "v1", "leases", "Lease"), KindRules.None, BuiltInPrinters.Leases, []),
        Kind(CustomResourceDefinitions.Resource, new CustomResourceDefinitions(), BuiltInPrinters.Definitions, ["crd", "crds"], ["api-extensions"], hasStatus: true),
    ];

    private static ApiKind Kind(
        ResourceKind resource, KindRules rules, TablePrinter printer, ImmutableArray<string> shortNames,
        ImmutableArray<string> categories = default, bool hasStatus = false, ImmutableArray<string> fields = default,
        Action<JsonElement>? read = null) => new()
        {
            Resource = resource,
            Singular = resource.Kind.ToLowerInvariant(),
            ShortNames = shortNames,
            Categories = categories.IsDefault ? [] : categories,
            HasStatus = hasStatus,
            Rules = rules,
            Read = read ?? (static json => ObjectMeta.Parse(json)),
            Printer = printer,
            SelectableFields = fields.IsDefault ? [] : [.. fields.Select(SelectableField.Of)],
        };
}
