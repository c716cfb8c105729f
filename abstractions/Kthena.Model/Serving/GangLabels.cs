namespace Kthena.Model.Serving;

/// <summary>Annotations by which pods, PodGroups and Volcano know each other, and the scheduler's own name.</summary>
public static class GangLabels
{
    /// <summary>The scheduler that knows PodGroups.</summary>
    public const string Scheduler = "volcano";

    /// <summary>Annotation of a pod and of a PodGroup: the PodGroup's name.</summary>
    public const string GroupName = "scheduling.k8s.io/group-name";

    /// <summary>Annotation of a pod: its role instance, which is a task to Volcano.</summary>
    public const string TaskSpec = "volcano.sh/task-spec";

    /// <summary>Annotation of a ModelServing: the queue of its PodGroups. On a PodGroup it says that the queue was taken from there.</summary>
    public const string QueueName = "scheduling.volcano.sh/queue-name";
}
