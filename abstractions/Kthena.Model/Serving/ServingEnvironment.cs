namespace Kthena.Model.Serving;

/// <summary>Variables that every container and init container of a ModelServing's pods gets.</summary>
public static class ServingEnvironment
{
    /// <summary>Pods in the role instance: the entry and its workers.</summary>
    public const string GroupSize = "GROUP_SIZE";

    /// <summary>The entry pod's name in DNS, <c>entryPod.namespace</c>.</summary>
    public const string EntryAddress = "ENTRY_ADDRESS";

    /// <summary>0 in the entry pod, 1 and up in workers.</summary>
    public const string WorkerIndex = "WORKER_INDEX";
}
