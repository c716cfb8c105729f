namespace Kthena.Model.Resources;

/// <summary>The resource types that the platform reads or writes.</summary>
public static class ResourceKinds
{
    /// <summary>The group of the workload kinds.</summary>
    public const string WorkloadGroup = "workload.serving.volcano.sh";

    /// <summary>The group of the routing kinds.</summary>
    public const string NetworkingGroup = "networking.serving.volcano.sh";

    /// <summary>Pods.</summary>
    public static readonly ResourceKind Pod = new("", "v1", "pods", "Pod");

    /// <summary>Services.</summary>
    public static readonly ResourceKind Service = new("", "v1", "services", "Service");

    /// <summary>Namespaces.</summary>
    public static readonly ResourceKind Namespace = new("", "v1", "namespaces", "Namespace", IsNamespaced: false);

    /// <summary>Nodes.</summary>
    public static readonly ResourceKind Node = new("", "v1", "nodes", "Node", IsNamespaced: false);

    /// <summary>Events of the core group.</summary>
    public static readonly ResourceKind Event = new("", "v1", "events", "Event");

    /// <summary>Revisions of a controller's template.</summary>
    public static readonly ResourceKind ControllerRevision = new("apps", "v1", "controllerrevisions", "ControllerRevision");

    /// <summary>Definitions of custom kinds.</summary>
    public static readonly ResourceKind CustomResourceDefinition =
        new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", IsNamespaced: false);

    /// <summary>Volcano's groups of pods that are scheduled together. A cluster without Volcano lacks the kind.</summary>
    public static readonly ResourceKind PodGroup = new("scheduling.volcano.sh", "v1beta1", "podgroups", "PodGroup");

    /// <summary>Model servings: replicated groups of roles.</summary>
    public static readonly ResourceKind ModelServing = new(WorkloadGroup, "v1alpha1", "modelservings", "ModelServing");

    /// <summary>Leader-worker sets, a resource of another project that is served by way of ModelServings.</summary>
    public static readonly ResourceKind LeaderWorkerSet = new("leaderworkerset.x-k8s.io", "v1", "leaderworkersets", "LeaderWorkerSet");

    /// <summary>Model servers: which pods serve a model, and on which port.</summary>
    public static readonly ResourceKind ModelServer = new(NetworkingGroup, "v1alpha1", "modelservers", "ModelServer");

    /// <summary>Model routes: which requests go to which model servers.</summary>
    public static readonly ResourceKind ModelRoute = new(NetworkingGroup, "v1alpha1", "modelroutes", "ModelRoute");

    /// <summary>Model boosters: one model with its engine, from which servings, servers and routes are made.</summary>
    public static readonly ResourceKind ModelBooster = new(WorkloadGroup, "v1alpha1", "modelboosters", "ModelBooster");

    /// <summary>Autoscaling policies.</summary>
    public static readonly ResourceKind AutoscalingPolicy = new(WorkloadGroup, "v1alpha1", "autoscalingpolicies", "AutoscalingPolicy");

    /// <summary>Model providers outside the cluster.</summary>
    public static readonly ResourceKind ExternalModelProvider = new(NetworkingGroup, "v1alpha1", "externalmodelproviders", "ExternalModelProvider");
}
